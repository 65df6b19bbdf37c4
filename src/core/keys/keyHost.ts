import { productOfKey, type Product } from '../endpoint.ts';
import type { Settings } from '../settings.ts';

const CODE_HOST = /^https:\/\/api\.kimi\.(?:com|ai)(?:\/|$)/i;
const PLATFORM_HOST = /^https:\/\/api\.moonshot\.(?:ai|cn)(?:\/|$)/i;

/** Whether a base URL is one of Kimi Code's own hosts. */
export const isKimiCodeHost = (baseUrl: string): boolean => CODE_HOST.test(baseUrl.trim());

/** Whether a base URL is one of Moonshot's own hosts, of either product. */
export const isMoonshotHost = (baseUrl: string): boolean =>
  isKimiCodeHost(baseUrl) || PLATFORM_HOST.test(baseUrl.trim());

/** Which product answers at a base URL; on a host that is not Moonshot's the key tells. */
export function productAt(baseUrl: string, key: string): Product {
  if (PLATFORM_HOST.test(baseUrl.trim())) return 'openPlatform';
  const isCode = isKimiCodeHost(baseUrl) || /\/coding(?:\/v1)?\/*$/.test(baseUrl.trim());
  return isCode ? 'kimiCode' : (productOfKey(key) ?? 'kimiCode');
}

/** The settings that make a base URL one of the accounts. */
export function settingsForHost(baseUrl: string, product: Product): Partial<Settings> {
  if (product === 'openPlatform') {
    const isDefault = /^https:\/\/api\.moonshot\.ai(?:\/|$)/i.test(baseUrl.trim());
    return { openPlatformBaseUrl: isDefault ? '' : baseUrl };
  }
  if (!isKimiCodeHost(baseUrl)) return { baseUrl };
  const isGlobal = /^https:\/\/api\.kimi\.ai/i.test(baseUrl.trim());
  return { baseUrl: '', region: isGlobal ? 'kimi.ai' : 'kimi.com' };
}
