import { hostOf } from './attribution.ts';
import { unwrapError, type ErrorText } from './errorText.ts';
import { supportIdsIn } from './supportIds.ts';

/** What is left of a message of Codex when its own words are off. */
export interface CodexError extends ErrorText {
  readonly host?: string;
  readonly otherProvider?: string;
}

/** `codex_error_info`: a name, or a name with the status. */
export interface CodexErrorInfo {
  readonly name?: string | undefined;
  readonly status?: number | undefined;
}

const UNEXPECTED = /^unexpected status (\d{3})\b[^:]{0,60}: (.*)$/s;
const RETRY_LIMIT = /^exceeded retry limit, last status: (\d{3})\b/;
const STREAM =
  /^(?:stream disconnected before completion|Connection failed|Error while reading the server response): /;
/** What stands behind the body, in this order; each may be missing. */
const BODY_END =
  /(?:, url: (https?:\/\/[^\s,]{1,500}))?(?:, (?:cf-ray|request id|auth error|auth error code): [^,]{0,200})*$/;
/** Codex reads these from the answers of OpenAI's own service (`UsageLimitReachedError`). */
const OPENAI =
  /^(?:You've hit your usage limit|To use Codex with your ChatGPT plan|Your workspace is out of credits|You hit your spend cap)/;

/** Sentences of Codex that stand in place of what was answered (`CodexErr` of 0.169). */
const OWN_WORDS: Readonly<Record<string, ErrorText>> = {
  internal_server_error: { status: 500, text: '' },
  server_overloaded: { status: 503, text: '' },
  context_window_exceeded: { text: '', errorType: 'context_length_exceeded' },
};

/** Nothing was asked, or the answer was not what failed. */
const NO_REQUEST =
  /^(?:sandbox_error|unauthorized|bad_request|thread_rollback_failed|cyber_policy|active_turn_not_steerable)$/;
const NO_REQUEST_WORDS =
  /^(?:Missing environment variable|turn aborted|interrupted|Fatal error|internal error; agent loop|no thread with id|agent thread limit)/i;

/** A URL and a few ids. */
const LONGEST_END = 1024;

/** Takes Codex's own words off; undefined: no request to a provider failed. Not redacted. */
export function unwrapCodexError(message: string, info: CodexErrorInfo): CodexError | undefined {
  const said = withoutOwnWords(message, info);
  // They stand behind the URL.
  const ids = said && supportIdsIn(message.slice(-LONGEST_END));
  return ids ? { ...said, ids } : said;
}

function withoutOwnWords(
  message: string,
  { name = 'other', status }: CodexErrorInfo,
): CodexError | undefined {
  if (NO_REQUEST_WORDS.test(message) || (NO_REQUEST.test(name) && status === undefined))
    return undefined;
  const own = OWN_WORDS[name];
  if (own) return { ...own, ...(status ? { status } : {}) };
  if (OPENAI.test(message))
    return { text: message, status: status ?? 429, otherProvider: 'OpenAI' };
  const limit = RETRY_LIMIT.exec(message)?.[1];
  if (limit !== undefined) return { text: '', status: status ?? Number(limit) };
  const unexpected = UNEXPECTED.exec(message);
  const rest = unexpected?.[2] ?? message.replace(STREAM, '');
  const end = BODY_END.exec(rest.slice(-LONGEST_END));
  const body = rest.slice(0, rest.length - (end?.[0].length ?? 0));
  const said = unwrapError(body === 'Unknown error' ? '' : body);
  const host = hostOf(end?.[1] ?? '');
  // The body alone is what it keeps of a 400.
  const plain = /^\{/.test(message) && said.text !== '' ? 400 : undefined;
  const known = status ?? (unexpected ? Number(unexpected[1]) : undefined) ?? said.status ?? plain;
  return { ...said, ...(known ? { status: known } : {}), ...(host ? { host } : {}) };
}

/**
 * How many attempts a turn made that failed so late after its last answer. Codex tells none of
 * them, but it waits: 5.6 s at least in six attempts, 21 s in five times as many (agents.md 3.3).
 * A 429 and a 400 are not tried again.
 */
export function attemptsOf({ status, text }: ErrorText, spentMs: number): number {
  if (status === 429 || status === 400 || spentMs < SIX_ATTEMPTS_MS) return 1;
  // A stream that breaks is begun anew; a request that cannot be sent is sent again before.
  const isSentAgain = status === undefined ? /^error sending request/.test(text) : status >= 500;
  return isSentAgain && spentMs >= THIRTY_ATTEMPTS_MS ? 30 : 6;
}
const SIX_ATTEMPTS_MS = 5500;
const THIRTY_ATTEMPTS_MS = 21_000;

/**
 * Whether a failure is one of those of which a later attempt may succeed. The rollout does not tell
 * of them then, so the database counts them; of the others the rollout, which has the words.
 */
export const mayRecover = (status: number | undefined): boolean =>
  status === undefined || status === 429 || status >= 500;
