/**
 * Names of fields, headers, variables and options whose value is a secret or account data. A name
 * matches by its end: `PGPASSWORD`, `clientSecret`, `KIMI_API_KEY`.
 */
const KEY_KINDS =
  'api|access|secret|private|public|account|auth|master|app|license|encryption|signing|shared|subscription|session|client|service|storage|primary|deploy|webhook';
/** Any prefix of such a name. */
const STRONG = [
  `(?:${KEY_KINDS})[-_. ]?key(?:[-_]?(?:base|id))?`,
  'pass(?:word|wd|phrase|code)|passwort|senha|contraseña|mot de passe',
  'secret|token|credentials?|authorization|signature|jwt',
  'session[-_]?id|sessid|csrf|xsrf',
  'cookie|(?:x-)?msh-[a-z]{1,12}(?:-[a-z]{1,12})?',
  '(?:密|秘|密)[钥鑰]|密[码碼]|口令|令牌|授权码?|凭[证据]|clé(?: api)?|schlüssel|пароль|ключ|токен|パスワード|トークン|キー|비밀번호|토큰',
].join('|');
/** Ends of ordinary words, such as `monkey`. */
const WEAK = 'key|auth|pass|pwd|sid|sig';

const QUOTE = '(?:["\'`“”‘’]|%2[27]|&(?:quot|apos|#3[49]);)';
const SPACE = '(?:[ \\t]|%20|&nbsp;)';
const SIGN = '(?:=>|->|:=|[:=]|%3[AD]|&(?:#(?:58|61)|colon|equals);)';
/** What separates a name from its value in a pair. */
const PAIR = `${QUOTE}?(?:${SPACE}{0,8}${SIGN}${SPACE}{0,8}|${SPACE}{1,3}value${SPACE}?=${SPACE}?|,${SPACE}?${QUOTE}value${QUOTE}${SPACE}?:${SPACE}?|>)`;

const nameThen = (after: string): RegExp => new RegExp(`(${STRONG}|${WEAK})${after}`, 'gi');

/** A name and its separator. */
export const NAMED_PAIR = nameThen(PAIR);

/** A name in a sentence, a list or a call: `key 'x' was revoked`, `("token", "x")`, `ApiKey(x)`. */
export const NAMED_IN_WORDS = nameThen(
  `(?:${QUOTE}?,? ?|${SPACE}?(?:is|was|provided|given|value|of|for|为|是)${SPACE}?:?${SPACE}?|\\()${QUOTE}?(?=[\\w-])`,
);

/** A command option with its value. */
export const OPTION =
  /(?<![\w-])--?[a-z-]{0,30}(?:key|token|secret|pass(?:word|wd|phrase)?|pwd|auth|credentials?)[ =]/gi;

/** `curl -u name:password`. */
export const USER_OPTION = /(?<![\w-])(?:-u|--user|--proxy-user)[ =]?["']?(?=[^\s:"']{0,100}:)/g;

/** `Cookie: a=b; c=d`. */
export const isCookie = (name: string): boolean => /cookie/i.test(name);

/** Whether a name always means a secret, whatever its value. */
export const isStrong = (name: string): boolean =>
  !WEAK_NAME.test(name) || /^(?:PWD|pwd)$/.test(name);

const WEAK_NAME = new RegExp(`^(?:${WEAK})$`, 'i');

/** Ordinary words in a sentence about a secret, and empty values. */
const NO_VALUE =
  /^(?:a|an|and|any|are|auth|authentication|been|but|can|cannot|could|do|does|empty|error|ended|expected|expires?|expired|failed|false|file|for|found|from|has|have|if|in|incorrect|invalid|is|it|limit|malformed|may|missing|mode|must|name|no|none|not|null|of|ok|on|or|please|provided|refused|rejected|required|revoked|should|string|the|this|to|true|type|unable|undefined|unexpected|unknown|unset|used|valid|value|was|with|wrong|you|your)$/i;

/** Whether it is a word that sentences use where a value would be. */
export const isNoValue = (value: string): boolean =>
  NO_VALUE.test(value.replace(/[.!?]{1,3}$/, ''));

/** A name or a number such as `rate_limit`, `max-tokens`, `kimi-k2-0905`, `262144`. */
const IDENTIFIER =
  /^(?:[A-Za-z]?[a-z]{1,19}\d{0,2}|[A-Z]{1,12}|\d{1,7})(?:[-_.:/](?:[A-Za-z]?[a-z]{1,19}\d{0,2}|[A-Z]{1,12}|\d{1,7})){0,8}$/;

/** Whether it is a human-readable name. */
export const isIdentifier = (value: string): boolean => IDENTIFIER.test(value);

/** Whether a text is random: a run of letters and digits that no word, name or time has. */
export function isOpaque(value: string): boolean {
  return (value.match(/[A-Za-z\d]{12,}/g) ?? []).some(
    run => /\d/.test(run) && /[A-Za-z]/.test(run) && !/^\d{8}T\d{4,9}Z?$/.test(run),
  );
}

/** Letters of one case without digits between: a word, or a number. */
export function isWordly(run: string): boolean {
  if (/\d/.test(run)) return !/[A-Za-z]/.test(run);
  const capitals = run.replace(/[^A-Z]/g, '').length;
  return capitals === run.length || capitals <= run.length / 4 + 1;
}

/** Whether letters of both cases and digits alternate as in machine-made text. */
export function isRandom(run: string): boolean {
  if (!/\d/.test(run) || !/[a-z]/.test(run) || !/[A-Z]/.test(run)) return false;
  let changes = 0;
  for (let at = 1; at < run.length; at++) if (kindOf(run, at) !== kindOf(run, at - 1)) changes++;
  return changes >= run.length * 0.36;
}

function kindOf(text: string, index: number): number {
  const char = text[index]!;
  return char <= '9' ? 0 : char <= 'Z' ? 1 : 2;
}
