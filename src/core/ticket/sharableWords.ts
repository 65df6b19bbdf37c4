import { isKimiPage } from '../accounts/links.ts';
import { isKimiModelName } from '../base/providers.ts';
import { redact } from '../base/redact.ts';
import { isErrorWord, knownChinese } from './errorWords.ts';

/** Kimi's own sentences are shorter. */
const LONGEST = 800;

/** What is quoted may be a prompt; a quote that was cut ends with the text. */
const QUOTED =
  /"[^"]{0,4096}(?:"|$)|“[^”]{0,4096}(?:”|$)|「[^」]{0,4096}(?:」|$)|`[^`]{0,4096}(?:`|$)|(?<![\p{L}\d])['‘][^'’]{0,4096}(?:['’](?![\p{L}\d])|$)/gu;

/**
 * Words of a provider as a stranger may read them. After redaction only words that errors are known
 * to be made of, plain numbers and what is known to be harmless stay; everything else becomes `…`: a
 * prompt that is quoted, a path, an address, a name, a secret that was encoded so that nothing finds
 * it. Plain text on one line.
 */
export function sharableWords(text: string): string {
  const lines = redact(text)
    .replace(QUOTED, quoted => (isKimiModelName(quoted.slice(1, -1)) ? quoted : ' … '))
    .split('\n')
    .map(line => line.split(/\s+/).filter(Boolean))
    .filter(tokens => tokens.length > 0);
  const isBroken = lines.length > 1;
  const shared = lines.map(line =>
    isBroken && line.length < FEWEST_IN_LINE ? ['…'] : withoutLongNumbers(line).map(sharable),
  );
  const tokens = shared.flatMap((line, index) =>
    withoutTorn(line, shared[index - 1]?.at(-1), shared[index + 1]?.[0]),
  );
  const kept = tokens.filter((token, index) => token !== '…' || tokens[index - 1] !== '…');
  const words = kept.join(' ');
  return words.length > LONGEST ? `${words.slice(0, LONGEST)}…` : words;
}

/** The groups of a card or of a telephone: numbers beside each other. */
const withoutLongNumbers = (line: readonly string[]): string[] =>
  line.map((token, index) => {
    const isNumber = (other: string | undefined): boolean => /^[+(]*\d[\d()-]*$/.test(other ?? '');
    const isGroup = isNumber(line[index - 1]) || isNumber(line[index + 1]);
    return isNumber(token) && isGroup ? '…' : token;
  });

/** Shorter lines are no sentence that was wrapped, but perhaps a name or a path that was torn. */
const FEWEST_IN_LINE = 3;

/** Beside a line break, the rest of what is masked before or after it goes, too. */
function withoutTorn(
  line: readonly string[],
  before: string | undefined,
  after: string | undefined,
): string[] {
  return line.map((token, index) => {
    const isTorn = (index === 0 && before === '…') || (index === line.length - 1 && after === '…');
    return isTorn ? '…' : token;
  });
}

const BEFORE = /^[("'“‘{[<《「（]{1,20}/u;
const AFTER = /[)"'”’}\]>》」）,.;:!?，。！？、；：]/u;

function sharable(token: string): string {
  const before = BEFORE.exec(token)?.[0] ?? '';
  let end = token.length;
  while (end > before.length && AFTER.test(token[end - 1]!)) end--;
  const core = token.slice(before.length, end);
  const after = token.slice(end);
  if (/\p{Script=Han}/u.test(core)) return `${before}${knownChinese(core)}${after}`;
  return core === '' || isHarmless(core) ? `${before}${core}${after}` : '…';
}

const isHarmless = (core: string): boolean =>
  HARMLESS.some(pattern => pattern.test(core)) ||
  isKnown(core) ||
  isPage(core) ||
  isKimiModelName(core);

/** Words, also joined by hyphens and underscores, that errors are made of. */
function isKnown(core: string): boolean {
  const parts = core.toLowerCase().replaceAll('’', "'").split(/[-_]/);
  return parts.length <= 5 && parts.every(part => isErrorWord(part) || /^\d{1,3}$/.test(part));
}

const HARMLESS: readonly RegExp[] = [
  /^\d{1,7}(?:[.,]\d{1,3})?%?$/,
  /^\d{1,4}(?:ms|s|min|h|d|k|K|M|MB)$/,
  /^(?:org|proj|ak)-…[A-Za-z\d]{0,4}$/,
  /^[-–—|+=·…]{1,3}$/,
];

/** A page of Kimi's whose address carries nothing but words. */
function isPage(core: string): boolean {
  const [page = '', anchor = ''] = core.split('#');
  return (
    isKimiPage(page) &&
    /^https:\/\/[a-z.]+(?:\/[a-z-]{1,24}){0,5}(?:\.html)?\/?(?:\?(?:tab|from)=[a-z-]{1,24})?$/.test(
      page,
    ) &&
    /^[a-z-]{0,24}$/.test(anchor)
  );
}

/** The end of the key's public id, as redaction leaves it: Kimi's staff ask for it. */
export function keyIdIn(text: string): string | undefined {
  return /(?:^|[^\w-])(ak-…[A-Za-z\d]{4})(?![\w…])/.exec(redact(text))?.[1];
}
