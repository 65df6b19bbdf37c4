import * as z from 'zod/mini';
import { lenient } from '../quota/readField.ts';
import { parsePythonDict } from './pythonLiteral.ts';
import { parseRecord } from './recordField.ts';
import { type SupportIds, supportIdsIn } from './supportIds.ts';

/** What is left of an error's text when the agent's wrapping is off. Not redacted. */
export interface ErrorText {
  readonly status?: number;
  readonly errorType?: string;
  readonly text: string;
  /** What stood around the words, or in fields of their own. */
  readonly ids?: SupportIds;
}

/** Bodies are short; a page of a proxy is not read to its end. */
const LONGEST = 64 * 1024;
/** Wrapped more often than this it is nobody's error. */
const DEEPEST = 8;

/** What agents put before the provider's words (agents.md 5, point 14). The group is a status. */
const WRAPPINGS: readonly RegExp[] = [
  /^API Error(?:: | (?=\())/,
  /^Request rejected \((\d{3})\) · /,
  /^Failed to authenticate\. /,
  /^Please run \/login · /,
  /^\[[a-z_]{1,30}\.[a-z_]{1,30}\] /,
  /^provider\.[a-z_]{1,30}: /,
  /^Error: /,
  /^\((?=[45]\d\d )/,
  /^([45]\d\d) (?=\S)/,
  // The AI SDK's.
  /^AI_[A-Za-z]{1,40}Error: /,
  /^Failed after \d{1,2} attempts\. Last error: /,
  // Python's SDKs.
  /^Error code: ([45]\d\d)(?: - |$)/,
];

/** What older versions of Claude Code put behind (agents.md 7.3.5). */
const BANNER_END = /\)? · Retrying in \d{1,6} seconds?(?:…|\.\.\.).*$/s;

/** Takes the agent's wrapping off an error: status, type and words of the provider's answer. */
export function unwrapError(raw: string): ErrorText {
  let text = raw.slice(0, LONGEST).replace(BANNER_END, '').trim();
  let status: number | undefined;
  for (let depth = 0; depth < DEEPEST; depth++) {
    const wrapping = WRAPPINGS.find(pattern => pattern.test(text));
    if (!wrapping) break;
    const found = wrapping.exec(text)!;
    if (found[1]) status = Number(found[1]);
    text = text.slice(found[0].length);
  }
  const body = readBody(text);
  // Those in the words themselves stay there.
  const ids = body && supportIdsIn(raw);
  return { ...(status ? { status } : {}), ...(ids ? { ids } : {}), ...(body ?? { text }) };
}

const ErrorType = lenient(z.string().check(z.regex(/^[\w.-]{1,80}$/)));
/** `error` holds the words and the type, or is itself the words, or another such body. */
const Body = z.object({
  message: lenient(z.string()),
  type: ErrorType,
  error: lenient(z.unknown()),
});

/** The words and the type in a body: JSON, a Python dict, JSON that was cut, or a page. */
function readBody(text: string): Omit<ErrorText, 'status'> | undefined {
  if (text.startsWith('<')) return readPage(text);
  if (!text.startsWith('{')) return undefined;
  const parsed = parseRecord(text, z.unknown());
  return parsed === undefined
    ? (wordsOf(parsePythonDict(text)) ?? readCutBody(text))
    : wordsOf(parsed, 0);
}

/** Kimi's body may nest twice (agents.md 7.3.5); its outer `type` is only `error`. */
export function wordsOf(body: unknown, depth = 0): Omit<ErrorText, 'status'> | undefined {
  const { data } = Body.safeParse(body);
  if (!data || depth > DEEPEST) return undefined;
  const inner = typeof data.error === 'string' ? undefined : wordsOf(data.error, depth + 1);
  if (inner) return inner;
  const text = data.message ?? (typeof data.error === 'string' ? data.error : undefined);
  if (text === undefined) return undefined;
  return { text, ...(data.type ? { errorType: data.type } : {}) };
}

/** Linear: each alternative begins with a different character. */
const MESSAGE = /"message"\s{0,3}:\s{0,3}"((?:[^"\\]|\\.){1,4000})/;
const TYPE = /"type"\s{0,3}:\s{0,3}"(?!error")([\w.-]{1,80})"/;

function readCutBody(text: string): Omit<ErrorText, 'status'> | undefined {
  const message = MESSAGE.exec(text)?.[1];
  if (message === undefined) return undefined;
  const errorType = TYPE.exec(text)?.[1];
  const words = message.replace(/\\(["\\/])/g, '$1').replace(/\\[nrt]/g, ' ');
  return { text: words, ...(errorType ? { errorType } : {}) };
}

/** The title of a proxy's page: `<title>502 Bad Gateway</title>`. */
function readPage(text: string): Omit<ErrorText, 'status'> {
  const title = /<title>([^<]{1,200})<\/title>/i.exec(text)?.[1]?.trim() ?? '';
  return { text: title.replace(/^[45]\d\d (?=\S)/, '') };
}
