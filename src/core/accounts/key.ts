import { type CodeRegion, hostOf, type PlatformRegion, regionOfApi } from '../base/kimiHosts.ts';
import { type Endpoint, type Product, productOfKey } from './endpoint.ts';

/**
 * Why a host must refuse a key, as far as the key's first letters and the host tell. The products
 * and, of the open platform, the regions know only their own keys (docs/kimi.md 1.1).
 */
export const KEY_MISTAKES = [
  'platformKeyForKimiCode',
  'kimiCodeKeyForPlatform',
  'perhapsOfMoonshotCn',
  'perhapsOfMoonshotAi',
  'perhapsOfKimiCom',
  'perhapsOfKimiAi',
] as const;

/** See `KEY_MISTAKES`; `perhaps…` names the region whose key it may be. */
export type KeyMistake = (typeof KEY_MISTAKES)[number];

const PERHAPS: Readonly<Record<CodeRegion | PlatformRegion, KeyMistake>> = {
  'moonshot.cn': 'perhapsOfMoonshotCn',
  'moonshot.ai': 'perhapsOfMoonshotAi',
  'kimi.com': 'perhapsOfKimiCom',
  'kimi.ai': 'perhapsOfKimiAi',
};

/**
 * What may be wrong with a key that `endpoint` has refused; undefined where nothing shows. Of the
 * keys of a relay the first letters say nothing: many give out `sk-…` for either product. Pure.
 */
export function keyMistake(
  key: string,
  { origin, product, isMoonshot }: Pick<Endpoint, 'origin' | 'product' | 'isMoonshot'>,
): KeyMistake | undefined {
  const ofKey = productOfKey(key);
  if (ofKey === undefined || !isMoonshot) return undefined;
  if (ofKey === product) {
    // A key does not show its region: it may be of the other one.
    const twin = regionOfApi(hostOf(origin) ?? '')?.twin;
    return twin && PERHAPS[twin];
  }
  return product === 'kimiCode' ? 'platformKeyForKimiCode' : 'kimiCodeKeyForPlatform';
}

/** What somebody typed where a key is asked for. */
export type KeyText =
  | { readonly kind: 'key'; readonly key: string; readonly product: Product | undefined }
  | { readonly kind: 'refused'; readonly problem: KeyProblem };

/** Why a text cannot be a key. `token`: the 15-minute token of a CLI's log-in. */
export type KeyProblem = 'empty' | 'hasSpace' | 'hasStrangeCharacter' | 'tooLong' | 'token';

const LONGEST_KEY = 1024;

/**
 * Reads what was typed or pasted: white space around it, a byte order mark and a leading `Bearer`
 * are dropped; a line break or any character that no header may hold is refused (docs/faults.md E21).
 */
export function readKeyText(text: string): KeyText {
  const key = text
    .trim()
    .replace(/^Bearer(?: +|$)/i, '')
    .trim();
  const problem = keyProblem(key);
  return problem ? { kind: 'refused', problem } : { kind: 'key', key, product: productOfKey(key) };
}

function keyProblem(key: string): KeyProblem | undefined {
  if (key === '') return 'empty';
  if (/\s/.test(key)) return 'hasSpace';
  if (!/^[\x21-\x7E]+$/.test(key)) return 'hasStrangeCharacter';
  if (key.length > LONGEST_KEY && !key.startsWith('eyJ')) return 'tooLong';
  return /^eyJ[\w-]+\.[\w-]+\./.test(key) ? 'token' : undefined;
}
