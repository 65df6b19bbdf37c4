import { productOfKey, type Endpoint } from './endpoint.ts';

/**
 * Why a host must refuse a key, as far as the key's first letters and the host tell. The products
 * and, of the open platform, the regions know only their own keys (kimi.md 1.1).
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

/** The other region's host: a key does not show its own. */
const OTHER_REGION: Readonly<Record<string, KeyMistake>> = {
  'https://api.moonshot.ai': 'perhapsOfMoonshotCn',
  'https://api.moonshot.cn': 'perhapsOfMoonshotAi',
  'https://api.kimi.ai': 'perhapsOfKimiCom',
  'https://api.kimi.com': 'perhapsOfKimiAi',
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
  if (ofKey === product) return OTHER_REGION[origin];
  return product === 'kimiCode' ? 'platformKeyForKimiCode' : 'kimiCodeKeyForPlatform';
}
