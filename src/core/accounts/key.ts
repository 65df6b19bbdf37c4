import { type CodeRegion, hostOf, type PlatformRegion, regionOfApi } from '../base/kimiHosts.ts';
import { type Endpoint, type Product, productOfKey } from './endpoint.ts';

/**
 * Why a host must reject a key, as far as the key's prefix and the host show. The products accept
 * only their own keys, and so do the open platform's regions (docs/kimi.md 1.1).
 */
export const KEY_MISTAKES = [
  'platformKeyForKimiCode',
  'kimiCodeKeyForPlatform',
  'perhapsOfMoonshotCn',
  'perhapsOfMoonshotAi',
  'perhapsOfKimiCom',
  'perhapsOfKimiAi',
] as const;

/** See `KEY_MISTAKES`; `perhaps…` names the region that the key may belong to. */
export type KeyMistake = (typeof KEY_MISTAKES)[number];

const PERHAPS: Readonly<Record<CodeRegion | PlatformRegion, KeyMistake>> = {
  'moonshot.cn': 'perhapsOfMoonshotCn',
  'moonshot.ai': 'perhapsOfMoonshotAi',
  'kimi.com': 'perhapsOfKimiCom',
  'kimi.ai': 'perhapsOfKimiAi',
};

/**
 * What may be wrong with a key that `endpoint` rejected; undefined when nothing shows. A relay's
 * keys show nothing: many relays issue `sk-…` for either product. Pure.
 */
export function keyMistake(
  key: string,
  { origin, product, isMoonshot }: Pick<Endpoint, 'origin' | 'product' | 'isMoonshot'>,
): KeyMistake | undefined {
  const ofKey = productOfKey(key);
  if (ofKey === undefined || !isMoonshot) return undefined;
  if (ofKey === product) {
    // A key does not show its region: it may belong to the other one.
    const twin = regionOfApi(hostOf(origin) ?? '')?.twin;
    return twin && PERHAPS[twin];
  }
  return product === 'kimiCode' ? 'platformKeyForKimiCode' : 'kimiCodeKeyForPlatform';
}

/** The text that a user entered as a key. */
export type KeyText =
  | { readonly kind: 'key'; readonly key: string; readonly product: Product | undefined }
  | { readonly kind: 'refused'; readonly problem: KeyProblem };

/** Why a text cannot be a key. `token`: the 15-minute token of a CLI's sign-in. */
export type KeyProblem = 'empty' | 'hasSpace' | 'hasStrangeCharacter' | 'tooLong' | 'token';

const LONGEST_KEY = 1024;

/**
 * Parses a typed or pasted key: removes white space around it, a byte order mark and a leading
 * `Bearer`; rejects a line break or any character that a header may not contain (docs/faults.md
 * E21).
 */
export function parseKeyText(text: string): KeyText {
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
