import { classify } from '../errors/classify.ts';
import { hostOf } from '../base/kimiHosts.ts';
import { omitUndefined, Time } from '../base/fields.ts';
import { FailureStatus, Name, parseRecord } from './recordFields.ts';
import { type SdkError, unwrapSdkError, wordsOf } from './agentError.ts';
import { parseLocalTime } from '../base/time.ts';
import * as z from 'zod/mini';

/** An error in a line or an object of any program. Not redacted. */
export interface OtherError extends SdkError {
  readonly host?: string;
  readonly model?: string;
}

/** The start of an error in a line, whatever precedes it. */
const START =
  /\bError code: [45]\d\d\b|(?<![\w.])(?:[a-z_]\w{0,40}\.){0,5}[A-Z]\w{0,60}(?:Error|Exception): |\bstatus_code=[45]\d\d, |\berror status: [45]\d\d, error message: |\bchannel error \(channel #\d{1,9}, status code: [45]\d\d\)[^:\n]{0,40}: |\brelay error(?: \(channel [^)\n]{1,160}\))?: |(?<![\w.:])[45]\d\d (?:- )?\{|\{"error": ?[{"]|\{'error': ?[{']|\{"type": ?"error"|(?<![\w.])[45]\d\d (?:Client|Server) Error: /;
/** new-api and one-api; CLIProxyAPI; new-api's and one-api's logs of a channel (docs/agents.md 8). */
const STATUS_CODE =
  /^(?:status_code=([45]\d\d), |error status: ([45]\d\d), error message: |channel error \(channel #\d{1,9}, status code: ([45]\d\d)\)[^:\n]{0,40}: )/;
const RELAYED = /^relay error(?: \(channel [^)\n]{1,160}\))?: /;
/** Python's requests: the text is only the name of the status. */
const REQUESTS =
  /^(?:HTTPError: )?([45]\d\d) (?:Client|Server) Error: (.{0,200}?) for url: (\S{1,300})/;
/** In each of Kimi's own sentences (docs/kimi.md 4); the classifier decides, but is slower. */
const KIMI_HINT =
  /<ak-|kimi\.com\/|request reached|receiving too many|request limit|usage limit|insufficient|_error\b|rate limit|membership|quota|access|current plan|coding agents|model id|API key|engine|exceeds? limit|额度|套餐|会员|并发|余额/i;
/** The time, level and logger name before a message. */
const LEAD =
  /^[\s[(]{0,4}(?:\d[\d:.,/TZ+ -]{5,40}[\])]?[\s|:-]{0,4})?(?:\[?[A-Z]{4,8}\]?[\s:|-]{1,4})?/;
/** The classifier reads only this much. */
const WINDOW = 3072;
const REACH_BEFORE = 300;

/** The error that a line of text records; undefined where it only mentions one or contains none. */
export function errorInText(line: string): OtherError | undefined {
  const start = START.exec(line)?.index ?? -1;
  if (start < 0 && !KIMI_HINT.test(line)) return undefined;
  const from = Math.max(0, start - REACH_BEFORE);
  const { isKimi, isRecord, rule = '' } = classify(line.slice(from, from + WINDOW));
  if (!isRecord) return undefined;
  // Without the mark of an error, a type or a status is only a mention.
  if (start < 0 && /^(?:type|status)-/.test(rule)) return undefined;
  if (start < 0) return isKimi === true ? unwrapSdkError(line.replace(LEAD, '')) : undefined;
  return unwrapAny(line.slice(start));
}

function unwrapAny(text: string): OtherError {
  const [, status, words, url = ''] =
    REQUESTS.exec(text.replace(/^[\w.]{0,80}\.(?=HTTPError)/, '')) ?? [];
  if (words !== undefined) {
    return { text: words, status: Number(status), ...omitUndefined({ host: hostOf(url) }) };
  }
  const relayed = RELAYED.exec(text)?.[0].length ?? 0;
  if (relayed > 0) return unwrapAny(text.slice(relayed));
  const coded = STATUS_CODE.exec(text)
    ?.slice(1)
    .find(status => status !== undefined);
  const parsed = unwrapSdkError(
    text.replace(STATUS_CODE, '').replace(/^([45]\d\d) - (?=\{)/, '$1 '),
  );
  return { ...(coded ? { status: Number(coded) } : {}), ...parsed };
}

/** The message in a body may have its own SDK wrapping. */
function unwrapWords(body: unknown): OtherError | undefined {
  const parsed = wordsOf(body);
  return parsed && { ...parsed, ...unwrapSdkError(parsed.text) };
}

const Fields = z.record(z.string(), z.unknown());
type Fields = z.infer<typeof Fields>;

/** Fields with an error, the provider's own text first. */
const ERROR_FIELDS = `error_str error_message errorMessage description error err exception
  error_information errorDetails detail`.split(/\s+/);
/** Fields of any message: only used if it is about an error. */
const MESSAGE_FIELDS = ['message', 'msg', 'event', 'exc_info', 'stack'];
const STATUS_FIELDS = 'status statusCode status_code httpCode http_status error_code code'.split(
  ' ',
);
const URL_FIELDS = 'api_base apiBase base_url baseURL baseUrl url endpoint'.split(' ');
const TIME_FIELDS = 'timestamp time ts @timestamp asctime startTime datetime date'.split(' ');
const ERROR_LEVEL = /^(?:warn|error|crit|fatal|alert|emerg|[45]0$)/i;

/** The error in a JSON object, at the usual places, and its time. */
export function errorInObject(text: string): (OtherError & { readonly at?: number }) | undefined {
  const fields = parseRecord(text, Fields);
  if (!fields) return undefined;
  const error = errorOf(fields);
  if (!error) return undefined;
  const host = hostOf(textOf(fields, URL_FIELDS) ?? '');
  const providerId = Name.parse(fields['custom_llm_provider'] ?? fields['provider']);
  const more = omitUndefined({ host, providerId, model: Name.parse(fields['model']) });
  return { ...more, ...error, ...omitUndefined({ at: timeOf(fields) }) };
}

function errorOf(fields: Fields): OtherError | undefined {
  const status = statusOf(fields);
  for (const name of ERROR_FIELDS) {
    const error = errorOfValue(fields[name], status);
    if (error) return error;
  }
  const level = String(fields['level'] ?? fields['severity'] ?? fields['levelname'] ?? '');
  if (!ERROR_LEVEL.test(level)) return undefined;
  const message = textOf(fields, MESSAGE_FIELDS);
  return message === undefined ? undefined : errorInText(message);
}

function errorOfValue(value: unknown, outerStatus: number | undefined): OtherError | undefined {
  const fields = typeof value === 'string' ? undefined : Fields.safeParse(value).data;
  const status = (fields && statusOf(fields)) ?? outerStatus;
  if (typeof value === 'string' && status === undefined && !/^[45]\d\d /.test(value)) {
    return errorInText(value);
  }
  const parsed =
    typeof value === 'string'
      ? unwrapAny(value.slice(Math.max(0, value.search(START))))
      : (unwrapWords(value) ?? (fields && errorOf(fields)));
  if (!parsed) return undefined;
  const error = { ...omitUndefined({ status }), ...parsed };
  const { text: message, errorType } = error;
  const body = JSON.stringify({ error: { ...omitUndefined({ type: errorType }), message } });
  const { category } = classify(`${error.status ?? ''} ${body}`.trim());
  return category === 'not_an_error' ? undefined : error;
}

function statusOf(fields: Fields): number | undefined {
  const found = STATUS_FIELDS.map(name => FailureStatus.parse(Number(fields[name])));
  return found.find(status => status !== undefined);
}

function textOf(fields: Fields, names: readonly string[]): string | undefined {
  const found = names
    .map(name => fields[name])
    .find(value => typeof value === 'string' && value !== '');
  return found as string | undefined;
}

function timeOf(fields: Fields): number | undefined {
  for (const name of TIME_FIELDS) {
    const value = fields[name];
    const at =
      Time.safeParse(value).data ?? (typeof value === 'string' ? parseLocalTime(value) : undefined);
    if (at !== undefined) return at;
  }
  return undefined;
}
