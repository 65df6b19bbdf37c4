import * as z from 'zod/mini';
import { baseUrlOf } from '../endpoint.ts';
import { readKeyText } from '../keyText.ts';
import { lenient } from '../quota/readField.ts';
import type { Environment, PlaceContents, PlacedKey } from './foundKey.ts';
import { isKimiCodeHost } from './keyHost.ts';

const text = lenient(z.string());

const ClaudeSettings = z.object({
  env: z.object({
    ANTHROPIC_BASE_URL: z.string(),
    ANTHROPIC_API_KEY: text,
    ANTHROPIC_AUTH_TOKEN: text,
  }),
});

/** Claude Code's settings, if they lead to Kimi itself: any other key in them is not ours to see. */
export function readClaudeSettings(contents: PlaceContents): PlacedKey[] {
  const file = 'settings.json';
  const { data } = ClaudeSettings.safeParse(contents.get(file));
  if (!data || !isKimiCodeHost(data.env.ANTHROPIC_BASE_URL)) return [];
  const { ANTHROPIC_BASE_URL: baseUrl } = data.env;
  return (['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN'] as const).flatMap(entry =>
    keyOf(data.env[entry]).map(secret => ({ file, entry, baseUrl, secret })),
  );
}

/** OpenCode's providers that are Kimi, and the hosts that they stand for. */
const OPENCODE_BASES: Readonly<Record<string, string>> = {
  'kimi-for-coding': baseUrlOf('kimi.com'),
  'kimi-code-plan-cn': baseUrlOf('kimi.com'),
  'kimi-code-plan-global': baseUrlOf('kimi.ai'),
  moonshotai: baseUrlOf('moonshot.ai'),
  'moonshotai-cn': baseUrlOf('moonshot.cn'),
};

const OpenCodeEntry = z.object({ key: z.string() });

/** OpenCode's `auth.json`: the entries of Kimi's providers alone. */
export function readOpenCodeAuth(contents: PlaceContents): PlacedKey[] {
  const file = 'opencode/auth.json';
  const auth = Object(contents.get(file)) as Readonly<Record<string, unknown>>;
  return Object.entries(OPENCODE_BASES).flatMap(([entry, baseUrl]) => {
    const { data } = OpenCodeEntry.safeParse(Object.hasOwn(auth, entry) ? auth[entry] : undefined);
    return keyOf(data?.key).map(secret => ({ file, entry, baseUrl, secret }));
  });
}

/** A variable that holds a key, those that may name its host, and the host without them. */
const VARIABLES: readonly (readonly [key: string, bases: readonly string[], standard?: string])[] =
  [
    ['KIMI_CODE_API_KEY', ['KIMI_CODE_BASE_URL'], baseUrlOf('kimi.com')],
    // Our own command line and others read the second one with this key.
    ['KIMI_API_KEY', ['KIMI_BASE_URL', 'KIMI_CODE_BASE_URL']],
    // The open platform has two regions, and the variable is the same in both.
    ['MOONSHOT_API_KEY', ['MOONSHOT_BASE_URL']],
  ];

/** Keys in variables of the environment, each with the base URL that belongs to it, if one is set. */
export function readEnvironmentKeys(environment: Environment): PlacedKey[] {
  const hasCodeKey = keyOf(environment['KIMI_CODE_API_KEY']).length > 0;
  return VARIABLES.flatMap(([file, bases, standard]) => {
    // A variable names the host of one key, the first one that it is there for.
    const own = hasCodeKey ? bases.slice(0, 1) : bases;
    const named = own.map(variable => environment[variable]?.trim()).find(Boolean);
    const baseUrl = named ?? standard;
    return keyOf(environment[file]).map(secret => ({
      file,
      ...(baseUrl ? { baseUrl } : {}),
      secret,
    }));
  });
}

function keyOf(value: string | undefined) {
  const typed = readKeyText(value ?? '');
  return typed.kind === 'key' ? [{ kind: 'key', key: typed.key } as const] : [];
}
