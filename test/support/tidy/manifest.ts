import * as z from 'zod/mini';
import { Settings } from '../../../src/core/settings.ts';
import { filesBelow, readText } from './files.ts';

const PREFIX = 'kimiQuota.';

interface Property {
  readonly type: string;
  readonly default: unknown;
  readonly enum?: readonly string[];
  readonly enumDescriptions?: readonly string[];
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

/** A setting as both sides must have it. */
export interface SettingShape {
  readonly type: string | undefined;
  readonly default: unknown;
  readonly enum: readonly unknown[] | undefined;
}

/** What the manifest says of each setting. */
export function manifestSettings(): Record<string, SettingShape> {
  const entries = Object.entries(properties).map(([name, property]) => {
    const { type, enum: choices } = property;
    return [name, { type, default: property.default, enum: choices }];
  });
  return Object.fromEntries(entries);
}

/** What the code says of each setting. */
export function codeSettings(): Record<string, SettingShape> {
  const schema = z.toJSONSchema(Settings).properties ?? {};
  const entries = Object.entries(schema).map(([name, property]) => {
    const { type, default: value, enum: choices } = property as Partial<SettingShape>;
    return [`${PREFIX}${name}`, { type, default: value, enum: choices }];
  });
  return Object.fromEntries(entries);
}

/** The scope of each setting, without the prefix. */
export function settingScopes(): Record<string, string> {
  const entries = Object.entries(properties);
  return Object.fromEntries(entries.map(([name, { scope }]) => [name.replace(PREFIX, ''), scope]));
}

/** Settings whose choices are not described one by one. */
export function undescribedChoices(): string[] {
  return Object.entries(properties)
    .filter(
      ([, { enum: choices, enumDescriptions }]) => choices?.length !== enumDescriptions?.length,
    )
    .map(([name]) => name);
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
