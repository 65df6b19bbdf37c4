import { filesBelow, readText } from './files.ts';

const PREFIX = 'kimiQuota.';

interface Property {
  readonly scope: string;
}

interface Manifest {
  readonly version: string;
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly configuration: { readonly properties: Readonly<Record<string, Property>> };
  };
}

/** The manifest of the extension. */
export const manifest = JSON.parse(readText('package.json')) as Manifest;

const { properties } = manifest.contributes.configuration;

/** The scope of each setting, without the prefix. */
export function settingScopes(): Record<string, string> {
  const entries = Object.entries(properties);
  return Object.fromEntries(entries.map(([name, { scope }]) => [name.replace(PREFIX, ''), scope]));
}

/** Every `%key%` of the manifest. */
export function usedTexts(): string[] {
  const keys = readText('package.json').matchAll(/"%([^%"]+)%"/g);
  return [...new Set([...keys].map(([, key = '']) => key))].toSorted();
}

/** The keys of each `package.nls*.json`, by file. */
export function writtenTexts(): Record<string, string[]> {
  const files = filesBelow('').filter(path => /^package\.nls(?:\..+)?\.json$/.test(path));
  const entries = files.map(path => [path, Object.keys(JSON.parse(readText(path))).toSorted()]);
  return Object.fromEntries(entries);
}
