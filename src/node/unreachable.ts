import type { Unreachable, UnreachableCause } from '../core/quota/outcome.ts';

/** Codes of Node's and undici's errors, and Chromium's for `http.electronFetch`. */
const CAUSES: readonly (readonly [code: RegExp, cause: UnreachableCause])[] = [
  [/ABORT_ERR|TimeoutError|TIMEDOUT|_TIMEOUT|TIMED_OUT/, 'timeout'],
  [/PROXY|TUNNEL|\b407\b/i, 'proxy'],
  [/ENOTFOUND|EAI_AGAIN|NAME_NOT_RESOLVED|ENODATA/, 'dns'],
  [/ECONNREFUSED|CONNECTION_REFUSED|EHOSTUNREACH|ENETUNREACH|ADDRESS_UNREACHABLE/, 'refused'],
  [
    /CERT|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)|ERR_TLS|ERR_SSL|EPROTO|SSL_|HOSTNAME_MISMATCH/,
    'tls',
  ],
];

/**
 * Says why no answer of `url` came, from the chain of `cause`s of a rejected fetch. Only error
 * codes are kept: messages may repeat a URL or a header.
 */
export function describeFailure(error: unknown, url: string): Unreachable {
  const marks = causeChain(error, new URL(url));
  const text = marks.join(' ');
  const cause = CAUSES.find(([code]) => code.test(text))?.[1] ?? 'network';
  const detail = marks.find(mark => /^[A-Z][A-Z0-9_]{2,40}$/.test(mark));
  return { kind: 'unreachable', cause, ...(detail === undefined ? {} : { detail }) };
}

function causeChain(error: unknown, asked: URL): string[] {
  const marks: string[] = [];
  const queue = [error];
  for (let link = queue.shift(); link instanceof Error && marks.length < 30; link = queue.shift()) {
    marks.push(codeOf(link), link.name, ...(link.message.match(/ERR_[A-Z_]+|\b407\b/g) ?? []));
    if (/proxy/i.test(link.message) || isOfAnother(link, asked)) marks.push('proxy');
    queue.push(link.cause, ...(link instanceof AggregateError ? link.errors : []));
  }
  return marks.filter(mark => mark !== '');
}

/** A connection to a host or port that was not asked for was one to a proxy. */
function isOfAnother(error: Error, asked: URL): boolean {
  const port = Number(asked.port) || (asked.protocol === 'https:' ? 443 : 80);
  const isOtherPort = 'port' in error && typeof error.port === 'number' && error.port !== port;
  const isOtherName = 'hostname' in error && error.hostname !== asked.hostname;
  return isOtherPort || isOtherName;
}

const codeOf = (error: Error): string =>
  'code' in error && typeof error.code === 'string' ? error.code : '';
