import { ENCODINGS, SPLITS } from './encodings.ts';
import { NAMED_SECRETS } from './namedSecrets.ts';
import { MIXED, PRIVATE_KEYS, VENDOR_KEYS } from './vendorKeys.ts';

/** A text as it may be in a log, and the part that must not be shown. */
export interface SecretShape {
  readonly name: string;
  readonly text: string;
  readonly secrets: readonly string[];
  /** So many characters of one in a row are a leak: ten letters, however long their codes are. */
  readonly trace: number;
}

const TRACE = 10;

/** The position of a text in a log. */
const CONTEXTS: Readonly<Record<string, (text: string) => string>> = {
  prose: text => `Incorrect API key provided: ${text}. You can find your key`,
  JSON: text => JSON.stringify({ error: { message: text, n: 1 } }),
  'JSON in JSON': text => JSON.stringify({ m: JSON.stringify({ error: text }) }),
  shell: text => `+ echo ${text} | cat`,
  YAML: text => `error:\n  message: ${text}\n  n: 1`,
  URL: text => `GET https://h.example/v1/${text}/models failed`,
  'a query': text => `https://h.example/x?q=${encodeURIComponent(text)}&n=1`,
  Chinese: text => `请求失败，密钥${text}无效，请稍后再试`,
  'two lines': text =>
    `key ${text.slice(0, text.length >> 1)}\n  ${text.slice(text.length >> 1)} (x)`,
  'a frame': text => `│ ${text.slice(0, text.length >> 1)} │\n│ ${text.slice(text.length >> 1)} │`,
};

/** The contexts in which a text that has its own form can stand unchanged. */
const PLAIN_CONTEXTS = ['prose', 'JSON', 'JSON in JSON', 'Chinese'] as const;

const KEY = `sk-kimi-${MIXED}`;
const PASSWORDS = ['hunter2secret', 'correcthorse'] as const;

/** All shapes, each once. */
export function secretShapes(): SecretShape[] {
  return [...vendorShapes(), ...privateKeyShapes(), ...namedShapes(), ...hiddenShapes()];
}

function vendorShapes(): SecretShape[] {
  return Object.entries(VENDOR_KEYS).flatMap(
    ([vendor, [key, shown = key.startsWith('sk-k') ? 8 : 3]]) =>
      Object.entries(CONTEXTS).map(([context, place]) => ({
        name: `${vendor}, ${context}`,
        text: place(key),
        secrets: [key.slice(shown)],
        trace: TRACE,
      })),
  );
}

function privateKeyShapes(): SecretShape[] {
  return Object.entries(PRIVATE_KEYS).flatMap(([name, key]) =>
    PLAIN_CONTEXTS.map(context => ({
      name: `${name}, ${context}`,
      text: CONTEXTS[context]!(key),
      secrets: [key.split('\n')[1]!],
      trace: TRACE,
    })),
  );
}

function namedShapes(): SecretShape[] {
  return NAMED_SECRETS.flatMap(({ name, textOf, isSure }) => {
    const values = isSure ? [MIXED, ...PASSWORDS] : [MIXED];
    const shapes = values.map(value => ({
      name: `${name}, ${value}`,
      text: `request failed: ${textOf(value)}`,
      secrets: [value],
      trace: TRACE,
    }));
    const placed = PLAIN_CONTEXTS.slice(1).map(context => ({
      name: `${name}, ${context}`,
      text: CONTEXTS[context]!(textOf(MIXED)),
      secrets: [MIXED],
      trace: TRACE,
    }));
    return [...shapes, ...placed];
  });
}

function hiddenShapes(): SecretShape[] {
  const keys = { Kimi: KEY, Moonshot: `sk-${MIXED}` };
  return Object.entries(keys).flatMap(([vendor, key]) => [
    ...Object.entries(ENCODINGS).flatMap(([how, hide]) =>
      PLAIN_CONTEXTS.map(context => {
        const text = hide(key);
        // A third of it is the public start.
        const secret = text.replace(/\s/g, '').slice(Math.ceil((text.length * 9) / key.length));
        return {
          name: `${vendor} in ${how}, ${context}`,
          text: CONTEXTS[context]!(text),
          secrets: [secret],
          trace: Math.ceil((TRACE * text.length) / key.length),
        };
      }),
    ),
    ...Object.entries(SPLITS).flatMap(([how, split]) =>
      PLAIN_CONTEXTS.map(context => ({
        name: `${vendor} split by ${how}, ${context}`,
        text: CONTEXTS[context]!(split(key)),
        secrets: [MIXED],
        trace: TRACE,
      })),
    ),
  ]);
}

/** What an eye passes over. */
const UNSEEN =
  /[\s\0-\x1f\x7f-\x9f\u00a0\u00ad\u0300-\u036f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]|\x1b\[[\d;]*[A-Za-z]/gu;
const bare = (text: string): string => text.replace(UNSEEN, '');

/** A contiguous part of a secret, or a whole shorter one, in a text. */
export function leakIn(
  text: string,
  { secrets, trace }: Pick<SecretShape, 'secrets' | 'trace'>,
): string | undefined {
  const shown = bare(text);
  for (const secret of secrets.map(bare))
    for (let at = 0; at === 0 || at + trace <= secret.length; at++) {
      const piece = secret.slice(at, at + trace);
      if (piece !== '' && shown.includes(piece)) return piece;
    }
  return undefined;
}

/** Which secrets of many shapes stand in one long text. */
export function leaksIn(text: string, shapes: readonly SecretShape[]): string[] {
  const shown = bare(text);
  const pieces = new Map<number, Set<string>>();
  for (const { secrets, trace } of shapes)
    for (const secret of secrets.map(bare)) {
      const length = Math.min(trace, secret.length);
      const known = pieces.get(length) ?? new Set();
      pieces.set(length, known);
      for (let at = 0; at + length <= secret.length; at++) known.add(secret.slice(at, at + length));
    }
  const found: string[] = [];
  for (const [length, known] of pieces)
    for (let at = 0; at + length <= shown.length; at++)
      if (known.has(shown.slice(at, at + length))) found.push(shown.slice(at - 20, at + 40));
  return found;
}
