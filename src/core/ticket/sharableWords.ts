import { isKimiPage } from '../accounts/links.ts';
import { isKimiModelName } from '../base/providers.ts';
import { redact } from '../base/redact.ts';

/** Kimi's own sentences are shorter. */
const LONGEST = 800;

/**
 * Words of a provider as a stranger may read them. After redaction only words of a language, plain
 * numbers and what is known to be harmless stay; everything else becomes `…`: a path, an address, a
 * name of a file, a secret that was encoded so that nothing finds it. Plain text on one line.
 */
export function sharableWords(text: string): string {
  const lines = redact(text)
    .split('\n')
    .map(line => line.split(/\s+/).filter(Boolean))
    .filter(tokens => tokens.length > 0);
  const isBroken = lines.length > 1;
  const shared = lines.map(line =>
    isBroken && line.length < FEWEST_IN_LINE ? ['…'] : line.map(sharable),
  );
  const tokens = shared.flatMap((line, index) =>
    withoutTorn(line, shared[index - 1]?.at(-1), shared[index + 1]?.[0]),
  );
  const kept = tokens.filter((token, index) => token !== '…' || tokens[index - 1] !== '…');
  const words = kept.join(' ');
  return words.length > LONGEST ? `${words.slice(0, LONGEST)}…` : words;
}

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

const BEFORE = /^[("'“‘{[<《「（]*/u;
const AFTER = /(?<![)"'”’}\]>》」）,.;:!?，。！？、；：])[)"'”’}\]>》」）,.;:!?，。！？、；：]+$/u;

function sharable(token: string): string {
  const before = BEFORE.exec(token)?.[0] ?? '';
  const rest = token.slice(before.length);
  const after = AFTER.exec(rest)?.[0] ?? '';
  const core = rest.slice(0, rest.length - after.length);
  return core === '' || isHarmless(core) ? `${before}${core}${after}` : '…';
}

const isHarmless = (core: string): boolean =>
  HARMLESS.some(pattern => pattern.test(core)) || isPage(core) || isKimiModelName(core);

/** Lower case, one capital letter in front, or a short word in capitals: an encoded text is none. */
const WORD = '(?:[A-Za-z]?[a-z]{0,19}|[A-Z]{2,8})';

const HARMLESS: readonly RegExp[] = [
  new RegExp(`^${WORD}(?:['’][a-z]{1,2})?$`),
  new RegExp(`^(?:${WORD}|\\d{1,3})(?:-${WORD}){1,3}$`),
  /^\d{1,9}(?:[.,]\d{1,3})?%?$/,
  /^\d{1,4}(?:ms|s|min|h|d|k|K|M|MB)$/,
  /^[a-z]{2,16}(?:_[a-z]{2,16}){1,4}:?$/,
  /^(?:org|proj|ak)-…[A-Za-z\d]{0,4}$/,
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}、，。！？：；（）“”\d]{1,200}$/u,
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
