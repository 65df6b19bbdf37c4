import * as z from 'zod/mini';
import { lenient } from '../base/fields.ts';
import type { LogFile } from './agent.ts';

const KEY = /\s*([A-Za-z][\w.]{0,60})=/y;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

/**
 * The fields of a text `key=value key="quoted value"`, each with its first value. Escapes in quotes
 * are JSON's; a truncated value has no closing quote. Ends at the first text that is not a field.
 */
export function parseLogfmt(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  KEY.lastIndex = 0;
  for (let key = KEY.exec(text); key; key = KEY.exec(text)) {
    const start = KEY.lastIndex;
    const [value, end] =
      text[start] === '"' ? quotedValue(text, start + 1) : bareValue(text, start);
    if (!fields.has(key[1]!)) fields.set(key[1]!, value);
    KEY.lastIndex = end;
  }
  return fields;
}

function quotedValue(text: string, start: number): [value: string, end: number] {
  let value = '';
  let index = start;
  while (index < text.length && text[index] !== '"') {
    if (text[index] === '\\' && index + 1 < text.length) {
      const hex = /^\\u([\da-f]{4})/i.exec(text.slice(index, index + 6))?.[1];
      const escaped = text[index + 1]!;
      value += hex ? String.fromCharCode(parseInt(hex, 16)) : (ESCAPES[escaped] ?? escaped);
      index += hex ? 6 : 2;
    } else value += text[index++];
  }
  return [value, index + 1];
}

function bareValue(text: string, start: number): [value: string, end: number] {
  const space = text.indexOf(' ', start);
  const end = space < 0 ? text.length : space;
  return [text.slice(start, end), end];
}

/** No agent uses longer ids and names. */
const LONGEST_NAME = 200;

/** An id or a name in a record: one line of letters, digits and the punctuation of ids. */
export const Name = lenient(
  z.string().check(z.maxLength(LONGEST_NAME), z.regex(/^[\w.:@/+[\]() -]+$/)),
);

/** Text in a record, not redacted yet. */
export const Words = lenient(z.string());

/** A duration in milliseconds, up to a month. */
export const Duration = lenient(z.number().check(z.gte(0), z.lte(31 * 24 * 3_600_000)));

/** A number of tokens. */
export const Tokens = lenient(z.number().check(z.int(), z.gte(0), z.lte(1e9)));

/** An HTTP status of a failure. */
export const FailureStatus = lenient(z.number().check(z.int(), z.gte(400), z.lte(599)));

/** Shorter text parses within a millisecond or two, whatever it contains. */
const PLAIN_LENGTH = 32 * 1024;

/** No record comes close; a million brackets would take `JSON.parse` more than 50 ms. */
const MOST_DEPTH = 500;

function isNestedDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') at = endOfString(text, at);
    else if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') depth--;
    if (depth > MOST_DEPTH) return true;
  }
  return false;
}

/** The end of the string that begins here; the end of the text if it is not closed. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text[end - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return end;
  }
  return text.length;
}

/** Parses JSON as a record of the schema; undefined for anything else. */
export function parseRecord<T extends z.ZodMiniType>(text: string, schema: T) {
  if (text.length > PLAIN_LENGTH && isNestedDeep(text)) return undefined;
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Most characters of a project's name. */
const LONGEST_PROJECT = 80;

/** The name of the project in a working folder: the last part of its path. */
export function projectOf(folder: string | undefined): string | undefined {
  const parts = folder?.slice(-4096).split(/[\\/]/) ?? [];
  return parts
    .findLast(part => part.trim() !== '')
    ?.trim()
    .slice(0, LONGEST_PROJECT);
}

/** The name of a folder or file as an id. */
export function idOfName(name: string | undefined): string {
  return (name ?? '').replace(/[^\w.:@+-]+/g, '_').slice(0, LONGEST_NAME);
}

/** The name of a file without its extension, as an id. */
export function idOfFile({ relativePath }: Pick<LogFile, 'relativePath'>): string {
  return idOfName(
    relativePath
      .split('/')
      .at(-1)
      ?.replace(/\.[a-z]+$/, ''),
  );
}
