/**
 * Ids by which Kimi's support finds a failed request (docs/kimi.md 4.1). They are the user's: the
 * incident, `explain` and the ticket show them; no notification, report, metric or tool for agents
 * does, since they identify the account. None contains a key or a token.
 */
export interface SupportIds {
  /** Request and trace ids, the newest first, at most `MOST_REQUEST_IDS`. */
  readonly requests?: readonly string[];
  /** `org-…` of the open platform. */
  readonly organization?: string;
  /** `proj-…` of the open platform. */
  readonly project?: string;
  /** `ak-…`, the public id of a key, which Kimi's support may see (docs/kimi.md 4.1). */
  readonly key?: string;
}

/** Support needs one; a few more show that there was a burst. */
export const MOST_REQUEST_IDS = 5;

/**
 * The format of Kimi's and gateways' ids. No capital letter and no `sk-`, as in a key; too short
 * for an encoded key.
 */
const REQUEST = /^(?=.*\d)(?:[a-z\d]{16,32}|[a-f\d]{8}(?:-[a-f\d]{4}){3}-[a-f\d]{12})$/;
const ORGANIZATION = /^org-(?=.*\d)[a-f\d]{24,40}$/;
const PROJECT = /^proj-(?=.*\d)[a-f\d]{24,40}$/;
const KEY = /^ak-(?=.*\d)[a-z\d]{16,24}$/;

const REQUEST_IN_WORDS =
  /(?:request|trace)[ _-]?id["']?\s{0,2}[:=]\s{0,2}["']?([a-z\d-]{16,64})(?![\w-])/gi;
const ORGANIZATION_IN_WORDS = /(?<![\w-])org-[a-f\d]{24,64}(?![\w-])/;
const PROJECT_IN_WORDS = /(?<![\w-])proj-[a-f\d]{24,64}(?![\w-])/;
const KEY_IN_WORDS = /(?<![\w-])ak-[a-z\d]{16,64}(?![\w-])/;
/** No provider's sentence is longer. */
const LONGEST_WORDS = 8 * 1024;

/** Response headers with such an id (docs/kimi.md 4.6), in lower case. */
const REQUEST_HEADERS = [
  'x-request-id',
  'msh-request-id',
  'x-msh-request-id',
  'x-trace-id',
  'x-msh-trace-id',
];

/** The ids in an error text, before it is redacted. */
export function supportIdsIn(words: string): SupportIds | undefined {
  const text = words.slice(0, LONGEST_WORDS);
  return supportIds({
    requests: [...text.matchAll(REQUEST_IN_WORDS)].map(([, id]) => id),
    organization: ORGANIZATION_IN_WORDS.exec(text)?.[0],
    project: PROJECT_IN_WORDS.exec(text)?.[0],
    key: KEY_IN_WORDS.exec(text)?.[0],
  });
}

/** The ids in response headers; values may have any type. */
export function supportIdsOfHeaders(headers: Readonly<Record<string, unknown>>) {
  const values = new Map(Object.entries(headers).map(([name, id]) => [name.toLowerCase(), id]));
  return supportIds({
    requests: REQUEST_HEADERS.map(name => values.get(name)),
    organization: values.get('msh-org-id'),
    project: values.get('msh-project-id'),
  });
}

/** The valid ids among candidates. Undefined: none. */
export function supportIds(found: {
  readonly requests?: readonly unknown[];
  readonly organization?: unknown;
  readonly project?: unknown;
  readonly key?: unknown;
}): SupportIds | undefined {
  const isOf =
    (pattern: RegExp) =>
    (id: unknown): id is string =>
      typeof id === 'string' && pattern.test(id);
  const requests = [...new Set((found.requests ?? []).filter(isOf(REQUEST)))];
  const { organization, project, key } = found;
  const ids = {
    ...(requests.length > 0 ? { requests: requests.slice(0, MOST_REQUEST_IDS) } : {}),
    ...(isOf(ORGANIZATION)(organization) ? { organization } : {}),
    ...(isOf(PROJECT)(project) ? { project } : {}),
    ...(isOf(KEY)(key) ? { key } : {}),
  };
  return Object.keys(ids).length > 0 ? ids : undefined;
}

/** All ids, the newest first; the first of differing single ids wins. */
export function joinSupportIds(...found: readonly (SupportIds | undefined)[]) {
  const requests = found.flatMap(ids => ids?.requests ?? []);
  return supportIds({ ...Object.assign({}, ...found.toReversed()), requests });
}
