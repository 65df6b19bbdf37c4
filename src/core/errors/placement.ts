/** The place of words in a clean text. */
export interface Place {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Where words are. `record`: where a program writes an error, that is after a level, a status or a
 * label, or in a field. `head`: at the beginning of a line. `quoted`: in a document, source code or a
 * chat. `loose`: none of these, such as the middle of a sentence.
 */
export type Placement = 'record' | 'head' | 'loose' | 'quoted';

/** Characters before and after the words that are examined. */
const REACH = 400;

/** The placement of words, or of a bare status, by the structure around them. Linear. */
export function placementOf({ text, start, end }: Place, what: 'words' | 'status'): Placement {
  const from = Math.max(0, start - REACH);
  // An apostrophe inside a word doesn't open a quotation.
  const part = text.slice(from, end + REACH);
  const around = part.includes("'") ? part.replace(/(\w)'(?=[a-z])/gi, '$1\u2019') : part;
  const at = start - from;
  const lineStart = around.lastIndexOf('\n', at - 1) + 1;
  const lineEnd = around.indexOf('\n', end - from);
  const line = around.slice(lineStart, lineEnd < 0 ? around.length : lineEnd);
  const own = around.slice(lineStart, at);
  // Code in an item of a list.
  if (/^\s{0,20}[-*+] [^`]{0,300}`[^`]{0,300}$/.test(own)) return 'quoted';
  if (isOfDocument(line) || isOfSource(own, line, around.slice(0, at))) return 'quoted';
  if (isArgument(around, at, end - from) || isUnderHeading(around.slice(0, at))) return 'quoted';
  const rest = around.slice(end - from);
  const leads = leadsOf(around, lineStart, at);
  if (what === 'status') {
    if (leads.some(lead => isInBackticks(lead, rest))) return 'quoted';
    return leads.some(lead => isPlainLead(lead) || (isStatusLead(lead) && REASON.test(rest)))
      ? 'record'
      : 'loose';
  }
  const first = around.slice(at, at + 1);
  const words = leads.map(lead => headless(lead, first));
  if (words.some(lead => isQuotation(lead, rest))) return 'quoted';
  if (words.some(lead => DECORATION.test(lead))) return continues(rest) ? 'loose' : 'head';
  return words.some(isRecordLead) && !isMentioned(rest) ? 'record' : 'loose';
}

/** Tables and lists of documents, digests of issues, results of a search, changelogs. */
function isOfDocument(line: string): boolean {
  return (
    /\(#\d{1,7}\)|^\s*#\d{1,7}\b|\*\*\[(?:OPEN|CLOSED|MERGED)\]/.test(line) ||
    /^[+-]?\s{0,20}\|(?:[^|]{0,400}\|){2}|^\s{0,20}[-*+] \*\*[^*]{1,80}\*\*/.test(line) ||
    /^\s{0,20}(?:[-*+]|\d{1,2}\.) [*_]{0,3}["'`]/.test(line) ||
    /^\s{0,20}[\w./\\-]{1,120}\.[a-z]{1,5}:\d{1,6}:/.test(line) ||
    /^\s{0,20}(?:[-*] )?(?:feat|fix|docs|test|chore|refactor)(?:\([^)]{0,40}\))?!?: /.test(line)
  );
}

/** A literal alone on its line, in a list or in a property of an object. */
const LITERAL_LINE =
  /^\s{0,60}(?:\[\s?(?:'\w{1,40}', (?:true|false|'\w{1,20}'), )?|(?:text|example|raw|words|pattern|expected|want\w{0,9}): )?(["'`])(?:(?!\1)[^\n]){8,2000}\1(?:,|\],?|;|\)[,;])\s{0,9}$/;
const COMMENT = /^[+-]\s{2,20}\w|^\s{0,40}(?:\/\/|\/\*|\*\s|#{1,6}(?:\s|$)|<!--|--\s)/;
const CODE_TOKEN =
  /\b(?:raise|throw new) $|=>|[!=]==|&&|\|\||\s=\s?[fr]?["'`[(]|\b(?:const|let|var|def|func|fn|return|assert\w{0,20}|expect|import|lambda|case|elif|raise|throw new|new RegExp)\b\s?["'`(/\w]|(?<![Ee]rror: )\b(?!\w{0,40}(?:Error|Exception)\()\w{1,40}\((?:[^()"'`]{0,60},\s?)?[fr]?["'`/]\S{0,3}$|\.(?:includes|contains|test|match|startsWith|search|in_|indexOf)\(/;
/** A heading or comment that contains an error as an agent writes it is the error. */
const RECORD = /Error code: \d|LLM provider error|API Error[: (]|"error":|'error':/;
/** A key in a table of tests or patterns. In a program's record it would be in quotes. */
const TABLE_KEY =
  /^\s{0,40}["']\w{3,30}_error["']: ["']|[{,]\s{0,2}(?:want\w{0,12}|expect\w{0,12}|patterns?|match(?:es)?|regex): ?\S|^\s{0,40}- (?:match(?:es)?|patterns?|regex|contains|when): /;

function isOfSource(own: string, line: string, before: string): boolean {
  if (CODE_TOKEN.test(own) || TABLE_KEY.test(line)) return true;
  // The value of a key on the previous line doesn't count.
  if (LITERAL_LINE.test(line) && !/:\s{0,9}$/.test(before.slice(0, -own.length || undefined)))
    return true;
  return COMMENT.test(line) && !RECORD.test(line) && !RECORD.test(before.slice(-200));
}

/** Whether `index` is in a line of source code. */
export function isInCode(text: string, index: number): boolean {
  const lineStart = text.lastIndexOf('\n', index - 1) + 1;
  return CODE_TOKEN.test(text.slice(Math.max(lineStart, index - REACH), index));
}

/** The words fill a string literal, followed by another argument or the end of a call. */
function isArgument(text: string, start: number, end: number): boolean {
  const opening = /(["'`])[^"'`\n]{0,200}$/.exec(text.slice(Math.max(0, start - 200), start));
  const quote = opening?.[1];
  if (opening === null || quote === undefined) return false;
  const before = text.slice(0, Math.max(0, start - opening[0].length)).trimEnd();
  if (/[:=]$/.test(before) || /(?:Error|Exception|[Ee]rror: \w{1,60})\($/.test(before))
    return false;
  if (before !== '' && !/[,([+]$/.test(before)) return false;
  const closing = text.indexOf(quote, end);
  return closing >= 0 && /^\s{0,9}[,)\];]/.test(text.slice(closing + 1, closing + 20));
}

/** A section of a document about a status or type. */
const isUnderHeading = (before: string): boolean =>
  /(?:^|\n)#{1,6} [^\n]{0,80}(?:\b[45]\d\d\b|\w_error\b)[^\n]{0,80}\n[ \t]{0,9}\n[^\n]{0,200}$/.test(
    before,
  );

/** `HTTP 429` alone on a line, above a paragraph: a document. */
export const isHeading = (text: string): boolean =>
  /^\W{0,6}(?:HTTP )?[45]\d\d\W{0,3}\n[ \t]{0,9}\n/.test(text);

/** The beginning of a provider's sentence, before the deciding words. */
const SENTENCE_HEAD =
  /(?:\byour (?:account|current|credit|model|request|quota|ip|subscription|plan|api key)\b|\byou(?:\u2019ve| have)? (?:reached|exceeded|hit|are not|do not)\b|\byou(?:\u2019ve|\u2019re| have| are)?(?: being)?\s{0,9}$|\bwe(?:\u2019re| are| have)\b|\bkimi for coding\b|\bthis request\b|\brequest (?:was|reached)\b|\b(?:the|our) (?:engine|api|number|request|model|server|key)\b|\borganization-level\b|\b(?:internal|invalid request|unauthenticated|failed_precondition|not_found): )(?:[^\n"`{}.!?]|\.(?! )|\.{3} ){0,200}$|\b(?:the|this|an?|your|our|all|we)\s{0,9}$|(?:\b(?:server|engine|model|service|system|provider|api)s?(?: is| are| has been)?(?: currently| temporarily)? )$/i;

/**
 * The line up to the words. A line that continues in lower case was wrapped, at a space or inside a
 * word: then the previous line counts, too.
 */
function leadsOf(around: string, lineStart: number, start: number): readonly string[] {
  const line = around.slice(Math.max(lineStart, start - 240), start);
  const isBroken = lineStart > 0 && line.trim() !== '' && !/^\s{0,40}[^\sa-z]/.test(line);
  if (!isBroken) return [line];
  const before = around.slice(Math.max(0, lineStart - 200), Math.max(0, lineStart - 1));
  const last = before.slice(before.lastIndexOf('\n') + 1).trimEnd();
  return [`${last} ${line.trimStart()}`, `${last}${line.trimStart()}`];
}

/** A timestamp at the beginning. */
const TIME = /^\W{0,4}\d{4}[-/]\d\d[-/]\d\d(?:[T ][\d:.,]{5,15}(?:Z|[+-][\d:]{4,5})?)?\s{1,4}/;

/** `Your Kimi Code `, `This API key can `, `kimi-k3 is `, `Rolling `, `4,000,000 `. */
const NAMED_HEAD =
  /\b(?:[Yy]our|[Tt]he|[Tt]his|[Oo]ur)(?: (?:[A-Z\d][\w.-]{0,20}|api|key|coding|account|team|organization|project|can|is)){1,4}\s$|(?<![\w./-])[A-Za-z][\w./]{0,30}[\d/-][\w./-]{0,30} (?:is|are) $|\b(?:[Rr]olling|[Ll]ogin|[Ii]nput|[Pp]rompt|[Rr]equest) $|(?<![\w,.])\d{1,3}(?:,\d{3}){1,4} $/;
/** The beginning of a Chinese sentence, with names and numbers, up to the previous punctuation. */
const CHINESE_HEAD = /(?:\p{Script=Han}|\bkimi)[\p{Script=Han}\w, -]{0,40}$/iu;
/** What may happen is no error. */
const CONDITION = /如果|假如|若|是否|怎么|如何|为什么/;

/** Without the beginning of the words' own sentence. */
function headless(lead: string, first: string): string {
  const [head = ''] = /\p{Script=Han}/u.test(first + lead.slice(-12))
    ? (CHINESE_HEAD.exec(lead) ?? [])
    : [];
  const rest = CONDITION.test(head) ? lead : lead.slice(0, lead.length - head.length);
  return rest.replace(SENTENCE_HEAD, '').replace(NAMED_HEAD, '').replace(TIME, '');
}

/** A quotation mark that opens after a word, not after a label, punctuation or a status. */
const OPENED_IN_SENTENCE =
  /[\p{L}\p{N}](?<!\b(?:error|message|raw|msg|detail|reason|code|status|[45]\d\d|\w{3,30}_error))["'`]?[ ,]{1,2}\(?["`]{1,3}(?!HTTP|[:=,.;)\]}])(?:[^"`\n]{0,24}\b[45]\d\d[ :…]{0,4}|[^"`\n]{0,8})$/u;
/** A word, a status and a quotation mark: `map 403 "…`. */
const STATUS_IN_SENTENCE = /\p{L} [45]\d\d ["`]{1,3}$/u;
/** The same with words of the agent inside: (`provider.auth_error: 403 …`). */
const OPENED_IN_BRACKET = /(?:[\p{L}\p{N}] \(["`]{1,2}|\(`)[^"`\n]{0,60}$/u;

function isQuotation(lead: string, rest: string): boolean {
  if (OPENED_IN_SENTENCE.test(lead) || OPENED_IN_BRACKET.test(lead)) return true;
  if (STATUS_IN_SENTENCE.test(lead) && !isStatusLead(lead.replace(/[45]\d\d ["`]{1,3}$/, '')))
    return true;
  if (isInBackticks(lead, rest)) return true;
  // Chinese quotes an English text in the middle of a sentence, or continues after it.
  return /\p{Script=Han}[“"`][^"`]{0,200}$/u.test(lead) && /^[^"`\n]{0,300}["`]/.test(rest);
}

/** Code in a sentence. */
const isInBackticks = (lead: string, rest: string): boolean =>
  /(?:[\p{L}\p{N},.] |\()`[^`\n]{0,80}$/u.test(lead) && /^[^`\n]{0,300}`/.test(rest);

/** A program's label before a colon, a dash or a bracket. */
const LABEL =
  /(?:err(?:or)?s?|exception|fail(?:ed|ure)?|fatal|warn(?:ing)?|message|msg|status|code|reason|detail|cause|body|response|result|stderr|stdout|output|rejected|forbidden|unauthorized|required|returned|api|http|llm|provider|model|outcome|request|server|payload|raw|text|description|title|limit(?:ed)?|Exception -|失败|错误|出错|报错|异常|拒绝|信息|返回|提示)[^\n:：=?!]{0,40}(?:[:：=–—·-]|\.{3}|…)["'`\s({[.…]{0,6}$/i;
/** A name before a colon: of a model, a provider or a class. */
const NAME_LABEL =
  /(?:^|[\s"'`([])[\w.@/-]{0,60}(?:[\w]\/[\w]|[\d_]|[a-z][A-Z]|kimi|moonshot)[\w.@/-]{0,60}["']?[:=] ?["'`({[]{0,3}$/i;
const STATUS_LEAD =
  /^(.*?)\[?\(?(?:HTTP(?:\/[\d.]{1,3})? ?|[\w.]{0,20}(?:status|code)[ _]?(?:code)?["']?[ :=]{0,2})?\b[45]\d\d\b(?:[^\p{L}\p{N}]{0,6}|[^\p{L}\p{N}"'`]{1,6}(?:[\p{L}-]{1,14} ){1,4})$/isu;
const LEVEL =
  /^\W{0,6}(?:[\d:.,/TZ+-]{5,30}[ \]|·-]{1,4}){0,3}\W{0,4}(?:ERROR|ERR|WARN|WARNING|FATAL|CRITICAL)\b|\blevel=(?:error|warn|fatal|ERROR|WARN|FATAL)\b|"level":"(?:error|warn|fatal)"/;
const FIELD =
  /["']?\b(?:message|error|raw|msg|detail|errorMessage|error_message|title|reason|body|localizedMessage)["']?\s{0,3}[:=]\s{0,3}[fr]?["'`]?[^"'`]{0,160}$/;
const DECORATION = /^[^\p{L}\p{N}]*$/u;

function isRecordLead(lead: string): boolean {
  if (isLabelled(lead)) return true;
  const before = STATUS_LEAD.exec(lead)?.[1];
  return before !== undefined && isStatusLead(before);
}

const isPlainLead = (lead: string): boolean => DECORATION.test(lead) || isLabelled(lead);

const isLabelled = (lead: string): boolean =>
  LEVEL.test(lead) ||
  FIELD.test(lead) ||
  LABEL.test(lead) ||
  NAME_LABEL.test(lead) ||
  // `[provider.auth_error] `, and a type before the words.
  /(?:[\w.]\]|\w_error["')\]]?:?)\s{0,3}["'`]{0,3}$/.test(lead);

/** What precedes a status: its key, the request, or the program. */
const STATUS_KEY =
  /(?:\b(?:HTTP(?:\/[\d.]{1,3})?|status(?:[ _]?code)?|code|errno|API Error|(?:client|server) error|error|failed(?: with)?|rejected|returned|with)["']?|<--|->|→)[\s:=("'[]{0,4}$/i;
const REQUEST_LEAD = /<-- $|\b(?:GET|POST|PUT|DELETE|PATCH|HEAD)\s{1,9}\S{1,300}\s{1,3}["']?$/;

function isStatusLead(lead: string): boolean {
  if (DECORATION.test(lead) || isLabelled(lead) || REQUEST_LEAD.test(lead)) return true;
  if (/[>]\s?$/.test(lead)) return true;
  if (!STATUS_KEY.test(lead)) return false;
  const before = lead.replace(STATUS_KEY, '');
  return (
    DECORATION.test(before) ||
    isLabelled(before) ||
    STATUS_KEY.test(before) ||
    REQUEST_LEAD.test(before) ||
    /[:=([{,<>·–—-]\s?["']?$|\b(?:unexpected|API|LLM|request|call)\s?$/i.test(before)
  );
}

/** What follows a status: its reason, punctuation, a body, or the error text. */
const REASON =
  /^(?:["'`)\]]{0,3}(?:$|[^\p{L}\s"'`)\]])|\s{1,9}(?:[^\p{Ll}]|status|error|rate|too|forbid|unauth|payment|not |bad|internal|service|gateway|client|request|over|quota|limit|you|we|the |no |invalid|[a-z]{1,20}_))/u;

/** The words are mentioned: quoted and followed by Chinese, or by the word error. */
const isMentioned = (rest: string): boolean =>
  /^["'`]{1,3} (?:error|problem|issue)s?\b|^["'`\s]{1,3}\p{Script=Han}{2}|^[^`\n]{0,200}`(?:[),.]{1,2}| [–—-]) \p{Ll}/u.test(
    rest,
  );

/** A Chinese sentence continues with more Chinese. */
const continues = (rest: string): boolean =>
  isMentioned(rest) || /^(?![请了已或]|使用)\p{Script=Han}/u.test(rest);

/** After the words, the sentence ends, or continues with scope, time or advice. */
const ENDS =
  /^(?:["'`)\]}]{0,3}\s{0,3}(?:$|[.!;。！；：·(（|\n[{<]|: ?\d)|\s?[,，]\s?(?:\p{Script=Han}|(?:please|try|current|limit|see|or|run|log|sign|renew|upgrade|next|wait|retry|use|buy|contact|check|it|you|your|resets?)\b|trying)|\s?[–—-]\s|\s(?:for|on|at|of|by|until|due|per|\d{1,9})\b|请|了|或|使用|\s(?:found|plan|now|anymore|again|right|provided|and above)\b)/iu;
const QUESTION = /^[^.!;。！\n]{0,50}[?？]/;
/** A sentence that addresses somebody, with its object after the words. */
const ADDRESSED = /^\W{0,9}(?:you|your|this|no|upgrade)\b/i;
const SHORT_REST = /^(?:\s[\w./-]{1,30}){1,3}\.?$/;
/** The name of a plan or a model. */
const NAME_REST = /^(?:\s(?:[A-Z\d]|[a-z]{1,12}-[a-z]?\d)[\w.-]{0,20}){1,2}\.?$/;

/** Punctuation, and the subject of the sentence. */
const SUBJECT_ONLY =
  /^[^\p{L}\p{N}]{0,20}(?:(?:(?:Kimi(?: Code)?|Moonshot(?: AI)?)(?: is)?|OAuth|API|LLM|Extra(?: Usage)?|Coding|Token|[\w./]{0,30}[\d/-][\w./-]{0,30}\s(?:is|are))\s)?$/u;

/** Whether the words, with the beginning of their sentence, start the whole text. */
export function isWholeSentence({ text, start, end }: Place): boolean {
  const rest = text.slice(end, end + 60);
  const hasEnd =
    ENDS.test(rest) || NAME_REST.test(rest) || (ADDRESSED.test(text) && SHORT_REST.test(rest));
  if (start > REACH || !hasEnd || QUESTION.test(rest)) return false;
  const lead = text.slice(0, start).replace(/(\w)'(?=[a-z])/gi, '$1\u2019');
  const leads = [lead.replace(/\n\s{0,40}/g, ' '), lead.replace(/\n\s{0,40}/g, '')];
  const first = text.slice(start, start + 1);
  return leads.some(one => SUBJECT_ONLY.test(headless(one, first)));
}

const CONVERSATION =
  /(?<!\\)"(?:type|role|kind|event)"\s?:\s?"(?:user|tool|tool_result|tool\.result|tool\.call|turn\.prompt|content\.part|user_message|agent_message|function_call_output|assistant)"/;
const FAILURE_MARK =
  /(?<!\\)"isApiErrorMessage"\s?:\s?true|(?<!\\)"stopReason"\s?:\s?"error"|api_error|(?<!\\)"(?:error|errorMessage|api_error_status|apiErrorStatus)"\s?:\s?[{"[\d]|turn\.step\.|"displayRole"\s?:\s?"error"/;

/** A record of a prompt, a file or a response, without any sign of a failure. */
export function isConversation(window: string): boolean {
  return CONVERSATION.test(window) && !FAILURE_MARK.test(window);
}

const STATUS_PAGE_PHRASES = [
  'toomanyrequests',
  'ratelimitreached',
  'ratelimitexceeded',
  'insufficient_quota',
  'quota_exceeded',
  'tpmlimitexceeded',
  'rpmlimitexceeded',
  'exceededyourcurrentquota',
  'pleasetryagainlater',
];

/** Four or more signatures in a short text: a list of patterns, not an error. */
export function isListOfSignatures(squeezed: string): boolean {
  if (squeezed.includes('{')) return false;
  const lower = squeezed.toLowerCase();
  return STATUS_PAGE_PHRASES.filter(phrase => lower.includes(phrase)).length >= 4;
}
