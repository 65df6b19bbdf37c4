import { type ErrorText, unwrapError } from '../agentError.ts';
import { hostOf } from '../../base/kimiHosts.ts';
import { supportIdsIn } from '../supportIds.ts';

/** A Codex message without Codex's own sentences. */
interface CodexError extends ErrorText {
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
/** The text after the body: a URL, then ids; each may be missing. */
const URL_END = /, url: (https?:\/\/[^\s,]{1,500})$/;
const ID_END = /, (?:cf-ray|request id|auth error|auth error code): [^,]{0,200}$/;
/** Codex reads these from responses of OpenAI's own service (`UsageLimitReachedError`). */
const OPENAI =
  /^(?:You've hit your usage limit|To use Codex with your ChatGPT plan|Your workspace is out of credits|You hit your spend cap)/;

/** Codex's sentences that replace the response (`CodexErr` of 0.169). */
const OWN_WORDS: ReadonlyMap<string, ErrorText> = new Map(
  Object.entries<ErrorText>({
    internal_server_error: { status: 500, text: '' },
    server_overloaded: { status: 503, text: '' },
    context_window_exceeded: { text: '', errorType: 'context_length_exceeded' },
  }),
);

/** No request was made, or the failure is not in the response. */
const NO_REQUEST =
  /^(?:sandbox_error|unauthorized|bad_request|thread_rollback_failed|cyber_policy|active_turn_not_steerable)$/;
const NO_REQUEST_WORDS =
  /^(?:Missing environment variable|turn aborted|interrupted|Fatal error|internal error; agent loop|no thread with id|agent thread limit)/i;

/** A URL and a few ids. */
const LONGEST_END = 1024;

/** Removes Codex's own sentences; undefined: no request to a provider failed. Not redacted. */
export function unwrapCodexError(message: string, info: CodexErrorInfo): CodexError | undefined {
  const parsed = withoutOwnWords(message, info);
  // Ids follow the URL.
  const ids = parsed && supportIdsIn(message.slice(-LONGEST_END));
  return ids ? { ...parsed, ids } : parsed;
}

function withoutOwnWords(
  message: string,
  { name = 'other', status }: CodexErrorInfo,
): CodexError | undefined {
  if (NO_REQUEST_WORDS.test(message) || (NO_REQUEST.test(name) && status === undefined))
    return undefined;
  const own = OWN_WORDS.get(name);
  if (own) return { ...own, ...(status ? { status } : {}) };
  if (OPENAI.test(message))
    return { text: message, status: status ?? 429, otherProvider: 'OpenAI' };
  const limit = RETRY_LIMIT.exec(message)?.[1];
  if (limit !== undefined) return { text: '', status: status ?? Number(limit) };
  const unexpected = UNEXPECTED.exec(message);
  const rest = unexpected?.[2] ?? message.replace(STREAM, '');
  const { body, url } = withoutEnd(rest);
  const parsed = unwrapError(body === 'Unknown error' ? '' : body);
  const host = hostOf(url);
  // Of a 400 Codex keeps only the body.
  const plain = /^\{/.test(message) && parsed.text !== '' ? 400 : undefined;
  const known =
    status ?? (unexpected ? Number(unexpected[1]) : undefined) ?? parsed.status ?? plain;
  return { ...parsed, ...(known ? { status: known } : {}), ...(host ? { host } : {}) };
}

function withoutEnd(text: string): { readonly body: string; readonly url: string } {
  let end = text.slice(-LONGEST_END);
  const before = text.slice(0, text.length - end.length);
  for (let id = ID_END.exec(end); id; id = ID_END.exec(end)) end = end.slice(0, id.index);
  const url = URL_END.exec(end);
  return { body: before + end.slice(0, url?.index), url: url?.[1] ?? '' };
}

/**
 * The number of attempts of a turn that failed this long after its last response. Codex reports
 * none of them, but it waits: at least 5.6 s in six attempts, 21 s in five times as many
 * (docs/agents.md 3.3). It does not retry a 429 or a 400.
 */
export function attemptsOf({ status, text }: ErrorText, spentMs: number): number {
  if (status === 429 || status === 400 || spentMs < SIX_ATTEMPTS_MS) return 1;
  // A broken stream restarts; a request that cannot be sent is retried before that.
  const isSentAgain = status === undefined ? /^error sending request/.test(text) : status >= 500;
  return isSentAgain && spentMs >= THIRTY_ATTEMPTS_MS ? 30 : 6;
}
const SIX_ATTEMPTS_MS = 5500;
const THIRTY_ATTEMPTS_MS = 21_000;
