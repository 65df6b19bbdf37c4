import {
  isCookie,
  isIdentifier,
  isNoValue,
  isOpaque,
  isRandom,
  isStrong,
  isWordly,
  NAMED_IN_WORDS,
  NAMED_PAIR,
  OPTION,
  USER_OPTION,
} from './secretNames.ts';
import { KEY_SHAPES, keyStarts, type KeyBody, type KeyShape, WHOLE_KEYS } from './secretShapes.ts';
import { createSkeleton, type Skeleton } from './skeleton.ts';

/** A part of a text to redact, and its replacement. */
export interface SecretSpan {
  readonly from: number;
  readonly to: number;
  readonly mask: string;
}

type Finder = (skeleton: Skeleton) => SecretSpan[];

/** Finds secrets and account ids in a text without control characters. Linear. */
export function findSecrets(text: string): SecretSpan[] {
  return findWith(FINDERS, text);
}

/** Finds only keys that are recognized by their form, as in a name or an id. Linear. */
export function findKeysIn(name: string): SecretSpan[] {
  return findWith(KEY_FINDERS, name);
}

function findWith(finders: readonly Finder[], text: string): SecretSpan[] {
  const skeleton = createSkeleton(text);
  const found = finders.flatMap(find => find(skeleton));
  return found.map(({ from, to, mask }) => {
    const [start, end] = skeleton.spanOf(from, to);
    return { from: start, to: end, mask };
  });
}

const MASK = '…';

const KEY_START = keyStarts();
const BODIES: Readonly<Record<KeyBody, RegExp>> = {
  word: /[\w-]/,
  dotted: /[\w.-]/,
  base64: /[\w+/=-]/,
};
/** Without a boundary before it, as in `%3Dsk-…`; excludes `task-force`. */
const FEWEST_INSIDE = 12;
/** Only this many characters are checked per prefix; checking all would not be linear. */
const DECIDING = 64;

function findKeys(skeleton: Skeleton): SecretSpan[] {
  return spansAfter(skeleton, KEY_START, (start, from) => {
    const shape = KEY_SHAPES.get(start)!;
    const allowed = BODIES[shape.body];
    const near = skeleton.text.slice(from, from + DECIDING);
    const body = near.slice(0, continuedEnd(near, 0, allowed)).replace(/[^\w.+/=-]/g, '');
    if (!isBody(body, shape, hasBoundary(skeleton, from - start.length))) return undefined;
    return { from, to: continuedEnd(skeleton.text, from, allowed), mask: MASK };
  });
}

function isBody(body: string, { fewest, needsDigit, isRare }: KeyShape, isOpen: boolean): boolean {
  if (isOpen) return body.length >= fewest && (!needsDigit || /\d/.test(body));
  return isRare === true && body.length >= Math.max(fewest, FEWEST_INSIDE) && /\d/.test(body);
}

/**
 * What may separate two parts of a split key: tags, quotes, plus signs, asterisks, and frames with
 * line numbers whose line breaks became spaces.
 */
const JOINT =
  /(?:<\/?[a-z]{1,5} ?\/?>|[^A-Za-z\d\u3001-\u9FFF]|(?<=[ |\u2502])\d{1,6}(?= ?[|:\u2502])){1,100}/y;
const FEWEST_OF_PART = 4;

/** The end of a key: after its last part, unless a word follows a few marks. */
function continuedEnd(text: string, from: number, allowed: RegExp): number {
  let to = runEnd(text, from, allowed);
  for (;;) {
    JOINT.lastIndex = to;
    const start = to + (JOINT.exec(text)?.[0].length ?? 0);
    const end = runEnd(text, start, ALPHANUMERIC);
    const isPart = start > to && end - start >= FEWEST_OF_PART;
    if (!isPart || isWordly(text.slice(start, Math.min(end, start + DECIDING)))) return to;
    to = runEnd(text, end, allowed);
  }
}

function findWholeKeys({ text }: Skeleton): SecretSpan[] {
  return WHOLE_KEYS.flatMap(pattern =>
    matchesOf(pattern, text).map(({ 0: key, index }) => ({
      from: index,
      to: continuedEnd(text, index + key.length, BODIES.word),
      mask: MASK,
    })),
  );
}

/** Avoids the copy of the pattern that `matchAll` creates. */
function matchesOf(pattern: RegExp, text: string): RegExpExecArray[] {
  const matches: RegExpExecArray[] = [];
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) matches.push(match);
  return matches;
}

const ALPHANUMERIC = /[A-Za-z\d]/;
const RANDOM = /(?<![A-Za-z\d])[A-Za-z\d]{20,}/g;
const RANDOM_CHARACTER = /[\w+/=-]/;
/** A digest, or a Together key; request ids are half as long. */
const DIGEST = /[\da-f]{64}/;
/** Request ids of providers and agents: support and attribution need them. */
const PUBLIC_ID =
  /(?:req|request|msg|chatcmpl|resp|gen|call|toolu|ses|session|run|trace|cf|id)[-_]$/i;

/** A key of unknown format: mixed letters of both cases and digits. */
function findRandom(skeleton: Skeleton): SecretSpan[] {
  const { text } = skeleton;
  return matchesOf(RANDOM, text).flatMap(({ 0: run, index: from }) => {
    const isId = PUBLIC_ID.test(text.slice(Math.max(0, from - 12), from));
    if (isId || !(isRandom(run.slice(0, 4 * DECIDING)) || DIGEST.test(run))) return [];
    return [{ from, to: continuedEnd(text, from, RANDOM_CHARACTER), mask: MASK }];
  });
}

const ID_START = /(?:org|proj|ak)-/g;
/** Kimi's support asks for the last characters of an `ak-` (docs/faults.md X6). */
const SHOWN_OF_KEY_ID = 4;

function findAccountIds(skeleton: Skeleton): SecretSpan[] {
  return spansAfter(skeleton, ID_START, (start, from) => {
    const to = idEnd(skeleton, from);
    const body = skeleton.text.slice(from, to);
    const fewest = hasBoundary(skeleton, from - start.length) ? 4 : FEWEST_INSIDE;
    // `org-level` and `proj-alpha` are words.
    if (body.length < fewest || (!/\d/.test(body) && body.length < 16)) return undefined;
    const shown = start === 'ak-' && body.length >= 12 ? body.slice(-SHOWN_OF_KEY_ID) : '';
    return { from, to, mask: MASK + shown };
  });
}

/** After a line break an id only continues with something that is not a word. */
function idEnd(skeleton: Skeleton, from: number): number {
  let to = from;
  while (to < skeleton.text.length && ALPHANUMERIC.test(skeleton.text[to]!)) {
    if (to > from && skeleton.isBreak(to)) {
      const next = runEnd(skeleton.text, to, ALPHANUMERIC);
      return /\d/.test(skeleton.text.slice(to, next)) ? next : to;
    }
    to++;
  }
  return to;
}

const SCHEMES = /(?:bearer|basic)(?:[ \t:=]|%20){1,8}(?:["'`]|%2[27]|&quot;)?/gi;
const SCHEME_CHARACTER = /[\w.~+/=-]/;

/** `Bearer x`, `Basic x`, with or without a header name. */
function findSchemes(skeleton: Skeleton): SecretSpan[] {
  return spansAfter(skeleton, SCHEMES, (scheme, from) => {
    const to = runEnd(skeleton.text, from, SCHEME_CHARACTER);
    const token = skeleton.text.slice(from, to);
    const isWord = isWordly(token) || /^[A-Za-z]{1,5}\d?$/.test(token);
    const isToken = /^bearer/i.test(scheme)
      ? /\d/.test(token) || (token.length >= 8 && !/^auth(?:entication|orization)$/i.test(token))
      : !isWord && (token.length >= 8 || token.endsWith('='));
    return isToken && !isNoValue(token) ? { from, to, mask: MASK } : undefined;
  });
}

/** What may precede a value: YAML's block marker, a call, a list, a dict with `value`. */
const OPENING =
  /(?:[|>][+-]?[ \t]{1,8})?(?:[A-Za-z_.]{0,24}\(|\[|\{\s?(?:["']value["']\s?[:=])?)?\s{0,2}(["'`“‘]|%2[27]|&(?:quot|apos|#3[49]);)?/y;
const CLOSING: Readonly<Record<string, string>> = { '“': '”', '‘': '’' };
const VALUE_CHARACTER = /[^\s"'<>,;&(){}[\]\u3001-\u9FFF\uAC00-\uD7A3]/;
const COOKIE_CHARACTER = /[^\s"'<>]/;
const SCHEME = /^(?:bearer|basic|digest|negotiate|token)$/i;

function findNamedValues(skeleton: Skeleton): SecretSpan[] {
  const { text } = skeleton;
  return spansAfter(skeleton, NAMED_PAIR, (pair, start, [, name = '']) => {
    OPENING.lastIndex = start;
    const [opening = '', quote = ''] = OPENING.exec(text) ?? [];
    const from = start + opening.length;
    const value = quote
      ? text.slice(from, Math.min(quotedEnd(text, from, CLOSING[quote] ?? quote), from + DECIDING))
      : nearValue(text, from);
    if (value === '' || isNoValue(value) || ANOTHER_NAME.test(value)) return undefined;
    const sign = pair.slice(name.length);
    if (!isSecretOf({ name, sign, value }, skeleton, start - pair.length)) return undefined;
    const to = quote ? quotedEnd(text, from, CLOSING[quote] ?? quote) : bareEnd(text, from, name);
    return { from, to, mask: MASK };
  });
}

/** `key= x-api-key: …`. */
const ANOTHER_NAME = /^[\w%-]{0,48}(?:key|token|secret|word|auth|authorization)[:=]$/i;

interface NamedValue {
  readonly name: string;
  readonly sign: string;
  readonly value: string;
}

function isSecretOf({ name, sign, value }: NamedValue, skeleton: Skeleton, at: number): boolean {
  // `token: 4096` is a count.
  if (/token$/i.test(name) && /^\d{1,7}$/.test(value)) return false;
  if (isStrong(name)) return true;
  const before = skeleton.text[at - 1] ?? '';
  const isName = hasBoundary(skeleton, at) || (/[A-Z]/.test(before) && /^[A-Z]/.test(name));
  if (!isName) return isOpaque(value);
  // An environment variable, or `"pass": "…"`.
  const isVariable = /^[A-Z]+$/.test(name) && (sign === '=' || /[_A-Z]/.test(before));
  if (isVariable || /^pass$/i.test(name) || (/^auth$/i.test(name) && /[-_]/.test(before)))
    return !/^\d{1,4}$/.test(value);
  return !isIdentifier(value);
}

/** Only this much of a value is checked: reading all for each name would not be linear. */
function nearValue(text: string, from: number): string {
  const near = text.slice(from, from + DECIDING);
  return near.slice(0, runEnd(near, 0, VALUE_CHARACTER));
}

/** Quoted values may contain spaces; an unclosed quote ends with the text. */
function quotedEnd(text: string, from: number, quote: string): number {
  const end = text.indexOf(quote, from);
  return end < 0 ? text.length : end;
}

function bareEnd(text: string, from: number, name: string): number {
  if (isCookie(name)) return cookieEnd(text, from);
  const end = runEnd(text, from, VALUE_CHARACTER);
  const isScheme = text[end] === ' ' && SCHEME.test(text.slice(from, end));
  return isScheme ? runEnd(text, end + 1, VALUE_CHARACTER) : end;
}

/** `a=b; c=d`: a cookie continues after `; `. */
function cookieEnd(text: string, from: number): number {
  let to = runEnd(text, from, COOKIE_CHARACTER);
  while (text[to - 1] === ';' && text[to] === ' ' && to > from)
    to = runEnd(text, to + 1, COOKIE_CHARACTER);
  return to;
}

/** A name without a separator only counts when the next text is not a word. */
function findNamedInWords(skeleton: Skeleton): SecretSpan[] {
  return spansAfter(skeleton, NAMED_IN_WORDS, (_, from) => {
    const value = nearValue(skeleton.text, from);
    // Keys with a known prefix are masked after it.
    const isShown = /^(?:sk|ak|org|proj)-/.test(value);
    return isOpaque(value) && !isIdentifier(value) && !isShown
      ? { from, to: runEnd(skeleton.text, from, VALUE_CHARACTER), mask: MASK }
      : undefined;
  });
}

function findOptions(skeleton: Skeleton): SecretSpan[] {
  const { text } = skeleton;
  return spansAfter(skeleton, OPTION, (_, start) => {
    const quote = /["']/.test(text[start] ?? '') ? text[start]! : '';
    const from = start + quote.length;
    const near = nearValue(text, from);
    if (isNoValue(near) || near.startsWith('-')) return undefined;
    const to = quote ? quotedEnd(text, from, quote) : runEnd(text, from, VALUE_CHARACTER);
    return { from, to, mask: MASK };
  });
}

function findUserOptions(skeleton: Skeleton): SecretSpan[] {
  return spansAfter(skeleton, USER_OPTION, (_, from) => {
    return /^\d*:\d*$|:\/\//.test(nearValue(skeleton.text, from))
      ? undefined
      : { from, to: runEnd(skeleton.text, from, VALUE_CHARACTER), mask: MASK };
  });
}

const AUTHORITY = /:\/\//g;
const AUTHORITY_CHARACTER = /[^\s/?#"'<>\\]/;

function findUserInfo(skeleton: Skeleton): SecretSpan[] {
  return spansAfter(skeleton, AUTHORITY, (_, from) => {
    const authority = skeleton.text.slice(from, runEnd(skeleton.text, from, AUTHORITY_CHARACTER));
    const length = authority.lastIndexOf('@');
    return length > 0 ? { from, to: from + length, mask: MASK } : undefined;
  });
}

const PARAMETER = /[?&#;][\w.%-]{1,40}=/g;
const SECRET_PARAMETER =
  /sig|key|token|secret|cred|pass|auth|sess|amz|goog|policy|code|hmac|access/i;
const PARAMETER_CHARACTER = /[^\s&#"'<>]/;

function findParameters(skeleton: Skeleton): SecretSpan[] {
  return spansAfter(skeleton, PARAMETER, (name, from) => {
    if (!SECRET_PARAMETER.test(name)) return undefined;
    return { from, to: runEnd(skeleton.text, from, PARAMETER_CHARACTER), mask: MASK };
  });
}

const LOCAL_CHARACTER = /[\w.+%-]/;
const DOMAIN_CHARACTER = /[\w.-]/;

/** Email addresses, searched from their `@`, back to the previous `@` at most. */
function findAddresses({ text, isBreak }: Skeleton): SecretSpan[] {
  const spans: SecretSpan[] = [];
  let least = 0;
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    let from = at;
    while (from > least && LOCAL_CHARACTER.test(text[from - 1]!) && !isBreak(from)) from--;
    let to = at + 1;
    while (to < text.length && DOMAIN_CHARACTER.test(text[to]!) && !isBreak(to)) to++;
    if (from < at && text.slice(at, to).includes('.')) spans.push({ from, to, mask: '…@…' });
    least = at + 1;
  }
  return spans;
}

/** gitleaks: private-key. */
const PRIVATE_KEY = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;

function findPrivateKeys(skeleton: Skeleton): SecretSpan[] {
  return spansAfter(skeleton, PRIVATE_KEY, (_, from) => {
    const end = skeleton.text.indexOf('-----END', from);
    return { from, to: end < 0 ? skeleton.text.length : end, mask: MASK };
  });
}

const KEY_FINDERS: readonly Finder[] = [findKeys, findWholeKeys, findPrivateKeys];

const FINDERS: readonly Finder[] = [
  ...KEY_FINDERS,
  findRandom,
  findAccountIds,
  findSchemes,
  findNamedValues,
  findNamedInWords,
  findOptions,
  findUserOptions,
  findUserInfo,
  findParameters,
  findAddresses,
];

/** Asks for the secret after each match of `pattern`, and continues after that secret. */
function spansAfter(
  { text }: Skeleton,
  pattern: RegExp,
  spanAt: (matched: string, from: number, match: RegExpExecArray) => SecretSpan | undefined,
): SecretSpan[] {
  const spans: SecretSpan[] = [];
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const from = match.index + match[0].length;
    const span = spanAt(match[0], from, match);
    if (!span || span.to <= span.from) continue;
    spans.push(span);
    pattern.lastIndex = span.to;
  }
  pattern.lastIndex = 0;
  return spans;
}

/** Whether a word can begin at `index`: after no letter or digit, a line break, `%22`, or `aB`. */
function hasBoundary({ text, isBreak }: Skeleton, index: number): boolean {
  const before = text[index - 1];
  if (before === undefined || isBreak(index) || !/[A-Za-z0-9]/.test(before)) return true;
  if (/^%[\dA-F]{2}$/i.test(text.slice(Math.max(0, index - 3), index))) return true;
  return /[a-z]/.test(before) && /[A-Z]/.test(text[index]!);
}

function runEnd(text: string, from: number, allowed: RegExp): number {
  let to = from;
  while (to < text.length && allowed.test(text[to]!)) to++;
  return to;
}
