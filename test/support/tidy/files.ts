import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Folders that git ignores. */
const IGNORED = ['.git', 'node_modules', 'dist', '.vscode-test', 'coverage'];

/** Every file below `folder` that can be committed, as a path from the root with `/`. */
export function filesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap(entry => {
    if (IGNORED.includes(entry.name)) return [];
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

/** The text of a file of the checkout. */
export const readText = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
