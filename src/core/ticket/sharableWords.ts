import { isKimiPage } from '../accounts/links.ts';
import { isKimiModelName } from '../base/providers.ts';
import { redact } from '../base/redact.ts';
import { isErrorWord, knownChinese } from './errorWords.ts';

/** Longer than any error text of Kimi. */
const LONGEST = 800;

/** A quotation may be a prompt; one without an end goes to the end of the text. */
const QUOTED =
  /"[^"]{0,4096}(?:"|$)|“[^”]{0,4096}(?:”|$)|「[^」]{0,4096}(?:」|$)|`[^`]{0,4096}(?:`|$)|(?<![\p{L}\d])['‘][^'’]{0,4096}(?:['’](?![\p{L}\d])|$)/gu;

/**
 * An error text that is safe to share. After redaction, only the vocabulary of known errors, plain
 * numbers and known harmless parts remain. The rest becomes `…`: quoted prompts, paths, addresses,
 * names, and secrets in an encoding that redaction doesn't recognize. Plain text on one line.
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

/** Adjacent groups of digits, as in card or phone numbers. */
const withoutLongNumbers = (line: readonly string[]): string[] =>
  line.map((token, index) => {
    const isNumber = (other: string | undefined): boolean => /^[+(]*\d[\d()-]*$/.test(other ?? '');
    const isGroup = isNumber(line[index - 1]) || isNumber(line[index + 1]);
    return isNumber(token) && isGroup ? '…' : token;
  });

/** Shorter lines aren't wrapped sentences; they may be parts of a name or a path. */
const FEWEST_IN_LINE = 3;

/** Next to a line break, the rest of a masked part is masked too. */
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

/** Words of known errors, also joined by hyphens and underscores. */
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

/** A URL of Kimi that contains only words. */
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

/** The end of the key's public id, which redaction keeps because Kimi support asks for it. */
export function keyIdIn(text: string): string | undefined {
  return /(?:^|[^\w-])(ak-…[A-Za-z\d]{4})(?![\w…])/.exec(redact(text))?.[1];
}
