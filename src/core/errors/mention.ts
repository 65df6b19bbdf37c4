/** Where the words that a rule knows stand in a clean text. */
export interface Place {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Whether words only speak of an error: prose, source code, documents, lists, and what a person, a
 * file or a tool said in a transcript. A text that is the error, or a record of it, is no mention.
 */
export function isMention(place: Place): boolean {
  const { text, start, end } = surroundings(place);
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const lineEnd = text.indexOf('\n', end);
  const line = text.slice(lineStart, lineEnd < 0 ? text.length : lineEnd);
  const lead = leadOf(text, lineStart, start);
  const rest = text.slice(end, end + 300);
  return (
    isDigestLine(line) ||
    isCodeLine(line.slice(0, start - lineStart), line) ||
    isArgument(text, start, end) ||
    HAN_QUOTATION.test(lead) ||
    isUnderHeading(text.slice(0, start)) ||
    (!isRecord(text.slice(Math.max(0, start - 240), start)) && isProseLead(lead)) ||
    continuesAsProse(lead, rest)
  );
}

/** So much before and after the words is looked at. */
const REACH = 400;

function surroundings({ text, start, end }: Place): Place {
  const from = Math.max(0, start - REACH);
  return {
    // An apostrophe inside a word opens no quotation.
    text: text.slice(from, end + REACH).replace(/(\w)'(?=[a-z])/gi, '$1\u2019'),
    start: start - from,
    end: end - from,
  };
}

/**
 * What stands on the line before the words. An open backtick hides it: what counts is what stands
 * before the backtick, on this line or the line before.
 */
function leadOf(text: string, lineStart: number, start: number): string {
  const line = text.slice(Math.max(lineStart, start - 240), start).replace(SENTENCE_HEAD, '');
  if (isOpen(line)) return line.slice(0, line.lastIndexOf('`'));
  if (lineStart === 0 || /^\s*[^\sa-z]/.test(line)) return line;
  const before = text.slice(Math.max(0, lineStart - 200), lineStart - 1);
  const last = before.slice(before.lastIndexOf('\n') + 1);
  if (isOpen(last)) return last.slice(0, last.lastIndexOf('`'));
  // A line that goes on in small letters was broken, perhaps inside a word.
  return line.trim() === ''
    ? line
    : `${last.trimEnd()}${line.trimStart()}`.replace(SENTENCE_HEAD, '');
}

const isOpen = (line: string): boolean => line.split('`').length % 2 === 0;

/** Issue lists, tables of documents, search results, changelogs. */
function isDigestLine(line: string): boolean {
  return (
    /\(#\d{1,7}\)|^\s*#\d{1,7}\b|\*\*\[(?:OPEN|CLOSED|MERGED)\]/.test(line) ||
    /^[+-]?\s*\|(?:[^|]*\|){3}|^\s*[-*+] \*\*[^*]{1,80}\*\*/.test(line) ||
    /^\s*[\w./\\-]{1,120}\.[a-z]{1,5}:\d{1,6}:/.test(line) ||
    /^\s*(?:[-*] )?(?:feat|fix|docs|test|chore|refactor)(?:\([^)]{0,40}\))?!?: /.test(line)
  );
}

const COMMENT = /^[+-]\s{2,}\w|^\s*(?:\/\/|\/\*|\s\*\s|#{1,6}(?:\s|$)|<!--|--\s)/;
const CODE_TOKEN =
  /\b(?:raise|throw new) $|=>|[!=]==|&&|\|\||\s=\s*[fr]?["'`[(]|\b(?:const|let|var|def|func|fn|return|assert\w*|expect|import|lambda|case|elif|raise|throw new|new RegExp)\b\s?["'`(/\w]|(?<![Ee]rror: )\b(?!\w*(?:Error|Exception)\()\w+\((?:[^()"'`]{0,60},\s?)?[fr]?["'`/]\S{0,3}$|\.(?:includes|contains|test|match|startsWith|search|in_|indexOf)\(/;
/** A heading or comment that goes on with an error as an agent writes it is the error. */
const RECORD = /Error code: \d|LLM provider error|API Error[: (]|"error":|'error':/;

/** Whether what stands at `index` is part of a line of source code. */
export function isInCode(text: string, index: number): boolean {
  const lineStart = text.lastIndexOf('\n', index - 1) + 1;
  return CODE_TOKEN.test(text.slice(Math.max(lineStart, index - REACH), index));
}

/** A key of a table of tests or patterns. In a record of a program it would stand in quotes. */
const TABLE_KEY =
  /[{,]\s{0,2}(?:want\w{0,12}|expect\w{0,12}|patterns?|match(?:es)?|regex): ?\S|^\s*- (?:match(?:es)?|patterns?|regex|contains|when): /;

function isCodeLine(lead: string, line: string): boolean {
  if (CODE_TOKEN.test(lead) || TABLE_KEY.test(line)) return true;
  return COMMENT.test(line) && !RECORD.test(line);
}

/** The words fill a quoted literal, and the next thing is another argument or the end of a call. */
function isArgument(text: string, start: number, end: number): boolean {
  const opening = /(["'`])[^"'`\n]{0,200}$/.exec(text.slice(Math.max(0, start - 200), start));
  const quote = opening?.[1];
  if (opening === null || quote === undefined) return false;
  const before = text.slice(0, Math.max(0, start - opening[0].length)).trimEnd();
  if (/[:=]$/.test(before) || /(?:Error|Exception|[Ee]rror: \w{1,60})\($/.test(before))
    return false;
  if (before !== '' && !/[,([+]$/.test(before)) return false;
  const closing = text.indexOf(quote, end);
  return closing >= 0 && /^\s*[,)\];]/.test(text.slice(closing + 1, closing + 20));
}

/** Words by which people tell of an error; programs do not speak so. */
const NARRATION =
  /\b(?:we|my|our|you|they|users?|someone|it says|it said|says|saying|when|whenever|if|because|means|such as|e\.g\.|for example|this change|instead of|although)\b/i;
const REPORTING =
  /\b(?:returns?|returned|returning|fails? with|failing with|calls|sees?|treats?|handles?|detects?|shows?|surfaces?|maps?|classif\w+|parses?|retries|is|are|was|were|may be|has been|currently|still|keeps?|get|got|gets|getting|like|the|an?)\b/i;
/** What stands in front of an error without telling a story. */
const WRAPPER_WORDS =
  /\b(?:errors?|failed|failure|fatal|warn|warning|info|debug|request|requests|http|https|status|code|api|llm|provider|model|message|type|chat|completion|stream|server|client|response|attempt|retry|retrying|after|retries|rejected|call|run|agent|task|turn|step|workflow|tool|loop|during|invoking|kimi|moonshot|openai|anthropic|litellm|access|forbidden|unauthorized|payment|required|rate|limit|exceeded|your|account|invalid|upstream|mapped|category|reason|true|false|null|none|at|in|to|of|for|from|with|on)\b/gi;

/** The head of a provider's own sentence, which stands before what a rule looks for. */
const SENTENCE_HEAD =
  /(?:\byour (?:account|current|credit|model|request|quota|ip|subscription)\b|\byou(?:\u2019ve| have)? (?:reached|exceeded|hit|are not)\b|\byou(?:\u2019ve|\u2019re| have| are)?\s*$|\bwe(?:\u2019re| are)\b|\bkimi for coding\b|\bthis request\b|\brequest (?:was|reached)\b|\bthe (?:engine|api|number|request|model|server)\b)[^\n"`{}]{0,200}$|\b(?:the|this|an?|your)\s*$/i;
/** The value of a field of an error, in JSON, a Python dict or a log line, begins here. */
const VALUE_OPENING =
  /["']?\b(?:message|error|raw|msg|detail|errorMessage|title|reason|body)["']?\s?[:=]\s?[fr]?["'`][^"'`]{0,160}$/;

/** A status after a label or at the beginning, and then whatever sentence the provider says. */
const STATUS_SENTENCE =
  /(?:^\W{0,12}|[:\]] |=|\bERROR |\n\s{0,8})(?:(?:API )?Error:? |HTTP )?[45]\d\d[:,]? ["']?[A-Z][^"'`]{0,200}$/;

/** The words stand in a field of an error, or after its status; lines may have been broken. */
function isRecord(lead: string): boolean {
  const paragraph = lead.slice(lead.lastIndexOf('\n\n') + 1);
  if (STATUS_SENTENCE.test(paragraph)) return true;
  if (!VALUE_OPENING.test(paragraph)) return false;
  return !isNarrated(paragraph.slice(0, paragraph.search(/[{[]|$/)));
}

function isProseLead(clause: string): boolean {
  if (clause.trim() === '') return false;
  if (isChineseProse(clause)) return true;
  // From the end of the last record or label on: `ERROR session=x: Failed to …`.
  const isLabelled = /[:[{>=|\-–·…」】]["'`\s]*(?:\d{3}["'`\s]*)?$/.test(clause);
  if (narrates(clause)) return !LOG_LINE.test(clause);
  if (isLabelled || (/[.!]\s*$/.test(clause) && !REPORTING.test(clause))) return false;
  return plainWords(clause) >= (REPORTING.test(clause) ? 2 : 3);
}

const narrates = (clause: string): boolean =>
  NARRATION.test(clause) || /(?<![\w-])I(?![\w-])/.test(clause);

const LOG_LINE = /\b(?:ERROR|WARN)\b|\berror=|\blevel=/;

/** An object that stands in a sentence rather than after a label. */
const isNarrated = (clause: string): boolean =>
  narrates(clause) && !LOG_LINE.test(clause) && !/[:>]\s*$/.test(clause);

/** Lower-case words that no wrapper is made of; names, numbers, paths and `key=value` do not count. */
function plainWords(clause: string): number {
  const words = clause
    .replace(/\S+/g, word => (/[=/\\@_\d:.]/.test(word) ? ' ' : word))
    .replace(WRAPPER_WORDS, ' ');
  return (words.match(/(?<![\w-])[A-Za-z][a-z]{1,20}(?![\w-])/g) ?? []).length;
}

/** A sentence in Chinese before the words, with no label: 报错：, 错误信息：. */
function isChineseProse(clause: string): boolean {
  // What stands before a label is told by it.
  const han = clause.replace(/^.*:(?!\/\/)(?=.)/s, '').match(/\p{Script=Han}/gu)?.length ?? 0;
  return han >= 6 && !/[:：([{…」】\-][\s"'`]*(?:\d{3}[\s"'`]*)?$/.test(clause);
}

/** A quotation that a sentence in Chinese goes on with; behind a label it would be the error. */
const HAN_QUOTATION = /\p{Script=Han}["`][^"`]{0,200}$/u;

/** A chapter of a document, by the status or the type that it is about. */
const isUnderHeading = (before: string): boolean =>
  /(?:^|\n)#{1,6} [^\n]{0,80}(?:\b[45]\d\d\b|\w_error\b)[^\n]{0,80}\n\s*\n[^\n]{0,200}$/.test(
    before,
  );

/** After the closing quote of a quoted error, or right after its words, a sentence goes on. */
function continuesAsProse(lead: string, rest: string): boolean {
  if (
    /^["'`)\]*]{0,3}\s+(?:when|whenever|while|if|even|but|despite|although|errors?\b|problem|issue|handling|detection|is|are|was|means|in the|on the|for the|with|all the|because|so)\b|^\s*\p{Script=Han}{2}/iu.test(
      rest,
    )
  ) {
    return true;
  }
  if (!/["'`]\S{0,4}\s?$/.test(lead)) return false;
  const quote = /(["'`])\S{0,4}\s?$/.exec(lead)?.[1] ?? '';
  const after = rest.slice(rest.indexOf(quote) + 1);
  if (!rest.includes(quote)) return false;
  return /^[`"')\]*]{0,4}(?:[,;]?|\s[—–-]{1,2})\s(?!for url)(?:[a-z]{1,12}\s){2}/.test(after);
}

const CONVERSATION =
  /(?<!\\)"(?:type|role|kind|event)"\s?:\s?"(?:user|tool|tool_result|tool\.result|tool\.call|turn\.prompt|content\.part|user_message|agent_message|function_call_output|assistant)"/;
const FAILURE_MARK =
  /(?<!\\)"isApiErrorMessage"\s?:\s?true|(?<!\\)"stopReason"\s?:\s?"error"|api_error|(?<!\\)"(?:error|errorMessage|api_error_status|apiErrorStatus)"\s?:\s?[{"[\d]|turn\.step\.|"displayRole"\s?:\s?"error"/;

/** A record of what a person, a file or the model said, without any mark of a failure. */
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
  'ratelimitreachederror',
];

/** Four signatures and more in one short text: a list of what to look for, not one error. */
export function isListOfSignatures(squeezed: string): boolean {
  if (squeezed.includes('{')) return false;
  const lower = squeezed.toLowerCase();
  return STATUS_PAGE_PHRASES.filter(phrase => lower.includes(phrase)).length >= 4;
}
