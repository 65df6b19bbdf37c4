import { productOfKey, type Product } from './endpoint.ts';

/** What somebody typed where a key is asked for. */
export type KeyText =
  | { readonly kind: 'key'; readonly key: string; readonly product: Product | undefined }
  | { readonly kind: 'refused'; readonly problem: KeyProblem };

/** Why a text cannot be a key. `token`: the 15-minute token of a CLI's log-in. */
export type KeyProblem = 'empty' | 'hasSpace' | 'hasStrangeCharacter' | 'tooLong' | 'token';

const LONGEST_KEY = 1024;

/**
 * Reads what was typed or pasted: white space around it, a byte order mark and a leading `Bearer`
 * are dropped; a line break or any character that no header may hold is refused (faults.md E21).
 */
export function readKeyText(text: string): KeyText {
  const key = text
    .replace(/^[\s\uFEFF]+|[\s\uFEFF]+$/g, '')
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
