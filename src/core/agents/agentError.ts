import * as z from 'zod/mini';
import { lenient } from '../base/fields.ts';
import { parseRecord } from './recordFields.ts';
import { type SupportIds, supportIdsIn } from './supportIds.ts';

/** Error bodies nest three times. */
const DEEPEST_LITERAL = 12;
const LONGEST_LITERAL = 64 * 1024;
const NUMBER = /-?\d{1,18}(?:\.\d{1,18})?(?:e[+-]?\d{1,3})?/y;
const WORD = /True|False|None/y;
const SPACE = /[\s,:]*/y;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };
const WORDS: Readonly<Record<string, unknown>> = { True: true, False: false, None: null };

/**
 * Parses Python's `repr` of a dict: strings in single quotes, or in double quotes if they contain
 * an apostrophe. Undefined for anything else, including truncated text. Linear, never throws.
 */
function parsePythonDict(text: string): unknown {
  if (text.length > LONGEST_LITERAL || !text.startsWith('{')) return undefined;
  return new PythonLiteral(text).value(0);
}

class PythonLiteral {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Undefined: invalid. */
  value(depth: number): unknown {
    const first = this.#text[this.#at];
    if (depth > DEEPEST_LITERAL) return undefined;
    if (first === '{') return this.#dict(depth);
    if (first === '[' || first === '(') return this.#list(depth, first === '[' ? ']' : ')');
    if (first === "'" || first === '"') return this.#string(first);
    const word = this.#take(WORD);
    if (word !== undefined) return WORDS[word];
    const number = this.#take(NUMBER);
    return number === undefined ? undefined : Number(number);
  }

  #dict(depth: number): unknown {
    const entries: [string, unknown][] = [];
    this.#at++;
    for (this.#take(SPACE); this.#text[this.#at] !== '}'; this.#take(SPACE)) {
      const key = this.value(depth + 1);
      this.#take(SPACE);
      const value = this.value(depth + 1);
      if (key === undefined || value === undefined) return undefined;
      entries.push([String(key), value]);
    }
    this.#at++;
    return Object.fromEntries(entries);
  }

  #list(depth: number, end: string): unknown {
    const items: unknown[] = [];
    this.#at++;
    for (this.#take(SPACE); this.#text[this.#at] !== end; this.#take(SPACE)) {
      const item = this.value(depth + 1);
      if (item === undefined) return undefined;
      items.push(item);
    }
    this.#at++;
    return items;
  }

  #string(quote: string): string | undefined {
    let value = '';
    for (this.#at++; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at]!;
      if (character === quote) return (this.#at++, value);
      value += character === '\\' ? this.#escape() : character;
    }
    return undefined;
  }

  #escape(): string {
    const letter = this.#text[++this.#at] ?? '';
    const digits = { x: 2, u: 4, U: 8 }[letter];
    if (digits === undefined) return ESCAPES[letter] ?? letter;
    const code = Number.parseInt(this.#text.slice(this.#at + 1, this.#at + 1 + digits), 16);
    this.#at += digits;
    return code <= 0x10ffff ? String.fromCodePoint(code) : '';
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }
}

/** An error text without the agent's wrapping. Not redacted. */
export interface ErrorText {
  readonly status?: number;
  readonly errorType?: string;
  readonly text: string;
  /** Found around the error text, or in separate fields. */
  readonly ids?: SupportIds;
}

/** Bodies are short; a proxy's page is not read to its end. */
const LONGEST = 64 * 1024;
/** No known error is wrapped more often. */
const DEEPEST = 8;

/** Prefixes that agents add (docs/agents.md 5, point 14). The group is a status. */
const WRAPPINGS: readonly RegExp[] = [
  /^API Error(?:: | (?=\())/,
  /^Request rejected \((\d{3})\) · /,
  /^Failed to authenticate\. /,
  /^Please run \/login · /,
  /^\[[a-z_]{1,30}\.[a-z_]{1,30}\] /,
  /^provider\.[a-z_]{1,30}: /,
  /^Error: /,
  /^\((?=[45]\d\d )/,
  /^([45]\d\d):? (?=\S)/,
  // The AI SDK's.
  /^AI_[A-Za-z]{1,40}Error: /,
  /^Failed after \d{1,2} attempts\. Last error: /,
  // Python SDKs'.
  /^Error code: ([45]\d\d)(?: - |$)/,
];

/** The suffix of older versions of Claude Code (docs/agents.md 7.3.5). */
const BANNER_END = /\)? · Retrying in \d{1,6} seconds?(?:…|\.\.\.).*$/s;

/** Removes the agent's wrapping from an error: status, type and error text of the response. */
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
  // Ids in the error text stay in it.
  const ids = body && supportIdsIn(raw);
  return { ...(status ? { status } : {}), ...(ids ? { ids } : {}), ...(body ?? { text }) };
}

const ErrorType = lenient(z.string().check(z.regex(/^[\w.-]{1,80}$/)));
/** `error` contains the message and the type, or is the message, or another such body. */
const Body = z.object({
  message: lenient(z.string()),
  type: ErrorType,
  error: lenient(z.unknown()),
});

/** The message and the type in a body: JSON, a Python dict, truncated JSON, or a page. */
function readBody(text: string): Omit<ErrorText, 'status'> | undefined {
  if (text.startsWith('<')) return readPage(text);
  if (!text.startsWith('{')) return undefined;
  const parsed = parseRecord(text, z.unknown());
  return parsed === undefined
    ? (wordsOf(parsePythonDict(text)) ?? readCutBody(text))
    : wordsOf(parsed, 0);
}

/** Kimi's body may nest twice (docs/agents.md 7.3.5); its outer `type` is only `error`. */
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

/** The text of a field or of the only value: `details: "…"`, `("…")`. */
const QUOTED = /^\s*(?:\{ details: |\()"((?:[^"\\]|\\.){0,8000})"/s;
/** JSON in Rust's `Debug` format: `Object {"message": String("…")}`. */
const RUST_MESSAGE = /"message": String\("((?:[^"\\]|\\.){1,4000})"\)/s;
const RUST_TYPE = /"type": String\("(?!error")([\w.-]{1,80})"\)/;
/** Goose's prefix of the provider's message. */
const STATUS =
  /^(?:[^\n]{0,200}?\bStatus: |Request failed with status:? |Server error \(|(?:Request failed|Server error): )([45]\d\d)[^:.)]{0,40}[).:]{1,2} ?(?:Response: |Message: )?/;
const LONGEST_RUST = 16 * 1024;

/** The status, type and message in an error that Goose logs. */
export function wordsOfRust(raw: string): ErrorText {
  const outer = raw.slice(0, LONGEST_RUST);
  const quoted = QUOTED.exec(outer)?.[1];
  const text = quoted === undefined ? outer : unescaped(quoted);
  const found = STATUS.exec(text);
  const message = RUST_MESSAGE.exec(text)?.[1];
  const errorType = RUST_TYPE.exec(text)?.[1];
  const error: ErrorText =
    message === undefined
      ? unwrapError(text.slice(found?.[0].length ?? 0))
      : { text: unescaped(message), ...(errorType ? { errorType } : {}) };
  return { ...(found ? { status: Number(found[1]) } : {}), ...error };
}

function unescaped(text: string): string {
  return text.replace(/\\(?:u\{([0-9a-f]{1,6})\}|(.))/gs, (_, hex?: string, letter = '') =>
    hex === undefined ? (ESCAPES[letter] ?? letter) : character(Number.parseInt(hex, 16)),
  );
}

const character = (code: number): string => (code <= 0x10ffff ? String.fromCodePoint(code) : '');

/** An error of an SDK or LiteLLM: classes and libraries before the provider's message. */
export interface SdkError extends ErrorText {
  /** LiteLLM's provider name in lower case: `moonshot`; `openai` is only the protocol. */
  readonly providerId?: string;
  /** The number of attempts, where LiteLLM reports it. */
  readonly attemptCount?: number;
}

/** `openai.RateLimitError: `, `litellm.exceptions.APIError: `, `APIStatusError: `. */
const CLASS = /^(?:[a-z_]\w{0,40}\.){0,5}([A-Z]\w{0,60}(?:Error|Exception)|Timeout): /;
/** `MoonshotException - `, after LiteLLM's own class. */
const PROVIDER = /^([A-Z]\w{1,40}?)Exception - /;
const RETRIED = / LiteLLM Retried: (\d{1,3}) times?/;
/** The suffix of LiteLLM's router. */
const ROUTER_END =
  /(?:\.? ?Received Model Group=|Available Model Group Fallbacks=| LiteLLM Retried: ).*$/s;
const DEEPEST_CAUSE = 6;
/** claude-code-router names its provider, the model and the status (docs/agents.md 8). */
const ROUTED = /^Error from provider\([^()]{1,160}: ?([45]\d\d)\): /;

/** Classes with a fixed status, in the SDKs of OpenAI and Anthropic and in LiteLLM. */
const STATUSES: ReadonlyMap<string, number> = new Map(
  Object.entries<number>({
    BadRequestError: 400,
    ContextWindowExceededError: 400,
    AuthenticationError: 401,
    PermissionDeniedError: 403,
    NotFoundError: 404,
    UnprocessableEntityError: 422,
    RateLimitError: 429,
    InternalServerError: 500,
    ServiceUnavailableError: 503,
  }),
);

/** Removes classes and LiteLLM's wrapping from an error, then the agent's wrapping. */
export function unwrapSdkError(raw: string): SdkError {
  const retried = RETRIED.exec(raw)?.[1];
  const routed = ROUTED.exec(raw);
  let text = raw
    .slice(routed?.[0].length ?? 0)
    .replace(ROUTER_END, '')
    .trim();
  let status = routed ? Number(routed[1]) : undefined;
  let providerId: string | undefined;
  for (let depth = 0; depth < DEEPEST_CAUSE; depth++) {
    const provider = PROVIDER.exec(text);
    const wrapping = provider ?? CLASS.exec(text);
    if (!wrapping) break;
    if (provider) providerId ??= provider[1]!.toLowerCase();
    else status ??= STATUSES.get(wrapping[1]!);
    text = text.slice(wrapping[0].length);
  }
  const error = unwrapError(text);
  return {
    ...(status ? { status } : {}),
    ...error,
    ...(providerId ? { providerId } : {}),
    ...(retried ? { attemptCount: Number(retried) + 1 } : {}),
  };
}
