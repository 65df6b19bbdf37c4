import * as z from 'zod/mini';
import { camelCaseKeys, inertLabel, lenient } from '../base/fields.ts';
import { baseUrlOf } from './endpoint.ts';
import {
  type AccessToken,
  type Environment,
  isKimiCodeBase,
  isMoonshotBase,
  LOGIN_FILE,
  type LoginLink,
  type PlaceContents,
  type PlacedKey,
  type ProgramId,
} from './foundKey.ts';
import { parseKeyText } from './key.ts';

/** A provider in the configuration of either CLI, in camelCase (docs/kimi.md 8). */
const Provider = z.object({
  type: lenient(z.string()),
  baseUrl: lenient(z.string()),
  apiKey: lenient(z.string()),
  apiKeyEnv: lenient(z.string()),
  env: lenient(z.object({ KIMI_API_KEY: lenient(z.string()), KIMI_BASE_URL: lenient(z.string()) })),
  oauth: lenient(z.object({ key: z.string(), storage: lenient(z.string()) })),
});
type Provider = z.infer<typeof Provider>;

const Config = z.object({ providers: lenient(z.record(z.string(), lenient(Provider))) });

/** Default base URLs by provider name. */
const STANDARD_BASES: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    'moonshot-ai': baseUrlOf('moonshot.ai'),
    'managed:moonshot-ai': baseUrlOf('moonshot.ai'),
    'moonshot-cn': baseUrlOf('moonshot.cn'),
    'managed:moonshot-cn': baseUrlOf('moonshot.cn'),
  }),
);

/**
 * The slot of `auth.kimi.ai` with `api.kimi.ai/coding/v1`: a hash of both, as Kimi's CLI computes
 * it.
 */
const GLOBAL_SLOT = 'kimi-code-env-0e4f99c69cc27850';

/**
 * The keys and sign-ins in the home folder of a Kimi CLI: `~/.kimi-code` or, for the older one,
 * `~/.kimi`. Each is for the base URL of its provider; a sign-in without a provider is for the host
 * of its file.
 */
export function parseKimiHome(
  contents: PlaceContents,
  environment: Environment,
  program: LoginLink['program'],
): PlacedKey[] {
  const file = contents.has('config.toml') ? 'config.toml' : 'config.json';
  const config = Config.safeParse(camelCaseKeys(contents.get(file))).data;
  const providers = Object.entries(config?.providers ?? {}).flatMap(([name, provider]) =>
    provider ? [{ name, provider }] : [],
  );
  const region = String(contents.get('region') ?? '').trim();
  const codeBase = baseUrlOf(region === 'global' ? 'kimi.ai' : 'kimi.com');
  const baseOf = (name: string, provider: Provider): string | undefined =>
    provider.env?.KIMI_BASE_URL?.trim() ||
    provider.baseUrl?.trim() ||
    (name === 'managed:kimi-code' ? codeBase : STANDARD_BASES.get(name)) ||
    // Default of the new program; the older one has none.
    (program === 'kimiCode' && provider.type === 'kimi' ? baseUrlOf('moonshot.ai') : undefined);

  const keys = providers.flatMap(({ name, provider }): PlacedKey[] => {
    const key = keyOf(provider, environment);
    const baseUrl = baseOf(name, provider);
    const isKimi = provider.type === 'kimi' || (baseUrl && isMoonshotBase(baseUrl));
    if (!key || !baseUrl || !isKimi) return [];
    return [{ file, entry: inertLabel(name), baseUrl, secret: { kind: 'key', key } }];
  });
  const logins = loginsOf(contents).map(({ path, slot, token }): PlacedKey => {
    const named = providers.find(({ provider: { oauth } }) => isOfSlot(oauth, slot));
    const baseUrl = named ? baseOf(named.name, named.provider) : slotBase(slot, codeBase);
    const secret = { kind: 'login', ...token, link: { program, slot } } as const;
    return { file: path, ...(baseUrl ? { baseUrl } : {}), secret };
  });
  return [...logins, ...keys];
}

function keyOf(provider: Provider, environment: Environment): string | undefined {
  const variable = provider.apiKeyEnv ?? '';
  const fromVariable = Object.hasOwn(environment, variable) ? environment[variable] : undefined;
  const texts = [provider.apiKey, provider.env?.KIMI_API_KEY, fromVariable];
  const typed = texts.map(text => parseKeyText(text ?? '')).find(({ kind }) => kind === 'key');
  return typed?.kind === 'key' ? typed.key : undefined;
}

function isOfSlot(oauth: Provider['oauth'], slot: string): boolean {
  return oauth?.storage !== 'keyring' && [slot, `oauth/${slot}`].includes(oauth?.key ?? '');
}

function slotBase(slot: string, codeBase: string): string | undefined {
  if (slot === GLOBAL_SLOT) return baseUrlOf('kimi.ai');
  return slot === 'kimi-code' ? codeBase : undefined;
}

function loginsOf(contents: PlaceContents) {
  return [...contents].flatMap(([path, content]) => {
    const slot = /^credentials\/(.+)\.json$/.exec(path)?.[1];
    return slot && content ? [{ path, slot, token: content as AccessToken }] : [];
  });
}

const text = lenient(z.string());

const ClaudeSettings = z.object({
  env: z.object({
    ANTHROPIC_BASE_URL: z.string(),
    ANTHROPIC_API_KEY: text,
    ANTHROPIC_AUTH_TOKEN: text,
  }),
});

/** Claude Code's settings, only if their base URL is Kimi's: other keys in them are not read. */
export function parseClaudeSettings(contents: PlaceContents): PlacedKey[] {
  const file = 'settings.json';
  const { data } = ClaudeSettings.safeParse(contents.get(file));
  if (!data || !isKimiCodeBase(data.env.ANTHROPIC_BASE_URL)) return [];
  const { ANTHROPIC_BASE_URL: baseUrl } = data.env;
  return (['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN'] as const).flatMap(entry =>
    keyFromText(data.env[entry]).map(secret => ({ file, entry, baseUrl, secret })),
  );
}

/** OpenCode's provider ids of Kimi, with their base URLs. */
const OPENCODE_BASES: Readonly<Record<string, string>> = {
  'kimi-for-coding': baseUrlOf('kimi.com'),
  'kimi-code-plan-cn': baseUrlOf('kimi.com'),
  'kimi-code-plan-global': baseUrlOf('kimi.ai'),
  moonshotai: baseUrlOf('moonshot.ai'),
  'moonshotai-cn': baseUrlOf('moonshot.cn'),
};

const OpenCodeEntry = z.object({ key: z.string() });

/** OpenCode's `auth.json`: only the entries of Kimi's providers. */
export function parseOpenCodeAuth(contents: PlaceContents): PlacedKey[] {
  const file = 'opencode/auth.json';
  const auth = Object(contents.get(file)) as Readonly<Record<string, unknown>>;
  return Object.entries(OPENCODE_BASES).flatMap(([entry, baseUrl]) => {
    const { data } = OpenCodeEntry.safeParse(Object.hasOwn(auth, entry) ? auth[entry] : undefined);
    return keyFromText(data?.key).map(secret => ({ file, entry, baseUrl, secret }));
  });
}

const WORK_FILE = 'kimi-desktop/daimon-share/daimon/kimi-code-key.json';

const WorkKeys = z.object({
  keys: z.array(lenient(z.object({ apiKey: lenient(z.string()) }))),
});

/** The keys of Kimi's desktop app, which names no host (docs/agents.md 7.19). */
export function parseKimiWorkKeys(contents: PlaceContents): PlacedKey[] {
  const { keys = [] } = WorkKeys.safeParse(contents.get(WORK_FILE)).data ?? {};
  return keys.flatMap(entry =>
    keyFromText(entry?.apiKey).map(secret => ({ file: WORK_FILE, secret })),
  );
}

/** A variable with a key, the variables of its base URL, and the default base URL. */
const VARIABLES: readonly (readonly [key: string, bases: readonly string[], standard?: string])[] =
  [
    ['KIMI_CODE_API_KEY', ['KIMI_CODE_BASE_URL'], baseUrlOf('kimi.com')],
    // Kimi Quota's command line and others read the second one with this key.
    ['KIMI_API_KEY', ['KIMI_BASE_URL', 'KIMI_CODE_BASE_URL']],
    // The open platform uses this variable in both regions.
    ['MOONSHOT_API_KEY', ['MOONSHOT_BASE_URL']],
  ];

/** Keys in environment variables, each with its base URL, if one is set. */
export function parseEnvironmentKeys(environment: Environment): PlacedKey[] {
  const hasCodeKey = keyFromText(environment['KIMI_CODE_API_KEY']).length > 0;
  return VARIABLES.flatMap(([file, bases, standard]) => {
    // A base URL variable belongs to one key, the first one that uses it.
    const own = hasCodeKey ? bases.slice(0, 1) : bases;
    const named = own.map(variable => environment[variable]?.trim()).find(Boolean);
    const baseUrl = named ?? standard;
    return keyFromText(environment[file]).map(secret => ({
      file,
      ...(baseUrl ? { baseUrl } : {}),
      secret,
    }));
  });
}

function keyFromText(value: string | undefined) {
  const typed = parseKeyText(value ?? '');
  return typed.kind === 'key' ? [{ kind: 'key', key: typed.key } as const] : [];
}

/**
 * A file of a place, or all files of a folder with matching names. `login`: see `parseAccessToken`.
 */
export type PlaceFile =
  | { readonly path: string; readonly form: 'toml' | 'json' | 'text' }
  | { readonly folder: string; readonly names: RegExp; readonly form: 'login' };

/** Where a program stores its keys, and how to parse them. */
export interface KeyPlace {
  readonly program: ProgramId;
  readonly folder: {
    /** The variable that moves the folder. */
    readonly variable: string;
    /** The default, below the home folder. */
    readonly standard: string;
  };
  readonly files: readonly PlaceFile[];
  readonly read: (contents: PlaceContents, environment: Environment) => PlacedKey[];
}

const LOGINS: PlaceFile = { folder: 'credentials', names: LOGIN_FILE, form: 'login' };

/** All places that are searched on a user's request (docs/kimi.md 8). */
export const KEY_PLACES: readonly KeyPlace[] = [
  {
    program: 'kimiCode',
    folder: { variable: 'KIMI_CODE_HOME', standard: '.kimi-code' },
    files: [{ path: 'config.toml', form: 'toml' }, { path: 'region', form: 'text' }, LOGINS],
    read: (contents, environment) => parseKimiHome(contents, environment, 'kimiCode'),
  },
  // Application data on macOS, Windows and elsewhere.
  ...[
    { variable: '', standard: 'Library/Application Support' },
    { variable: 'APPDATA', standard: 'AppData/Roaming' },
    { variable: 'XDG_CONFIG_HOME', standard: '.config' },
  ].map((folder): KeyPlace => ({
    program: 'kimiWork',
    folder,
    files: [{ path: WORK_FILE, form: 'json' }],
    read: parseKimiWorkKeys,
  })),
  {
    program: 'kimiCli',
    folder: { variable: 'KIMI_SHARE_DIR', standard: '.kimi' },
    // Its first versions used JSON.
    files: [{ path: 'config.toml', form: 'toml' }, { path: 'config.json', form: 'json' }, LOGINS],
    read: (contents, environment) => parseKimiHome(contents, environment, 'kimiCli'),
  },
  {
    program: 'claudeCode',
    folder: { variable: 'CLAUDE_CONFIG_DIR', standard: '.claude' },
    files: [{ path: 'settings.json', form: 'json' }],
    read: parseClaudeSettings,
  },
  {
    program: 'openCode',
    folder: { variable: 'XDG_DATA_HOME', standard: '.local/share' },
    files: [{ path: 'opencode/auth.json', form: 'json' }],
    read: parseOpenCodeAuth,
  },
];
