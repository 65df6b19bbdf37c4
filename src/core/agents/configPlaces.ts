import { baseUrlOf } from '../accounts/endpoint.ts';
import { agentFolder, pathBelow, type Surroundings } from './agent.ts';
import { kimiWorkHome } from './kimiCode.ts';
import type { AgentId } from './signal.ts';

/** A base URL in a configuration, and its provider or model, by name. */
export interface NamedUrl {
  /** Absent: for all of the agent's requests. */
  readonly id?: string;
  readonly url: string;
}

/** Picks only base URLs out of a parsed configuration: keys are next to them. */
type UrlReader = (
  content: unknown,
  env: Readonly<Record<string, string | undefined>>,
) => NamedUrl[];

/**
 * Reads the URL at `path`, such as `provider.*.options.baseURL`: `*` is every entry of a table or a
 * list. The name is the table's key; `names` are fields of the entry with more names.
 */
function urlsAt(path: string, names: readonly string[] = []): UrlReader {
  const [toEntries = '', within] = splitAtLastStar(path);
  return content =>
    entriesAt(content, toEntries.split('.')).flatMap(({ key, value }) => {
      const url = textAt(value, within);
      if (url === undefined) return [];
      const ids = [key, ...names.map(name => textAt(value, name))].filter(id => id !== undefined);
      return ids.map(id => ({ id, url }));
    });
}

/**
 * Reads one URL at `path`, for the provider `id` or, without it, for all of the agent's requests.
 */
function urlAt(path: string, id?: string): UrlReader {
  return content => {
    const url = textAt(content, path);
    return url === undefined ? [] : [{ ...(id === undefined ? {} : { id }), url }];
  };
}

/** The results of all of them. */
function allOf(...readers: readonly UrlReader[]): UrlReader {
  return (content, env) => readers.flatMap(read => read(content, env));
}

/** The entries of the table or list at a path, with their keys in a table. */
function entriesAt(content: unknown, path: readonly string[]): Entry[] {
  return path.reduce<Entry[]>(
    (found, part) => found.flatMap(({ value }) => step(value, part)),
    [{ key: undefined, value: content }],
  );
}

interface Entry {
  readonly key: string | undefined;
  readonly value: unknown;
}

function step(value: unknown, part: string): Entry[] {
  if (typeof value !== 'object' || value === null) return [];
  if (part !== '*') {
    return Object.hasOwn(value, part) ? [{ key: part, value: Reflect.get(value, part) }] : [];
  }
  return Array.isArray(value)
    ? value.map((item: unknown) => ({ key: undefined, value: item }))
    : Object.entries(value).map(([key, item]) => ({ key, value: item }));
}

/** The text at a path; undefined where there is none or another type. */
function textAt(content: unknown, path: string): string | undefined {
  const value = entriesAt(content, path.split('.'))[0]?.value;
  const text = typeof value === 'string' ? value.trim() : '';
  return text === '' ? undefined : text;
}

function splitAtLastStar(path: string): [toEntries: string, within: string] {
  const at = path.lastIndexOf('*') + 1;
  return [path.slice(0, at), path.slice(at + 1)];
}

/** The format of a configuration. `json`: with comments. `env`: variables, one per line. */
export type ConfigForm = 'toml' | 'json' | 'yaml' | 'env';

/** A place where an agent reads base URLs. */
export type ConfigPlace = {
  readonly agent: AgentId;
  readonly read: UrlReader;
} & (
  | {
      readonly at: 'user';
      readonly form: ConfigForm;
      readonly path: (here: Surroundings) => string;
    }
  /** Below a workspace folder: the failed request may come from another one. */
  | { readonly at: 'project'; readonly form: ConfigForm; readonly path: string }
  /** The editor's environment, which may differ from the agent's. */
  | { readonly at: 'environment' }
);

const below =
  (variable: string, standard: string, ...file: string[]) =>
  (here: Surroundings): string =>
    pathBelow(here, agentFolder(here, variable, standard), ...file);

/** Below `$XDG_CONFIG_HOME` or `~/.config`, by default on Windows too. */
const config = (path: string, onWindows?: (here: Surroundings) => string) => {
  const elsewhere = below('XDG_CONFIG_HOME', '.config', ...path.split('/'));
  return (here: Surroundings): string =>
    here.platform === 'win32' && onWindows ? onWindows(here) : elsewhere(here);
};

const kimiUrls =
  (isPython: boolean): UrlReader =>
  (content, env) => {
    const urls = entriesAt(content, ['providers', '*']).flatMap(
      ({ key: id, value }): NamedUrl[] => {
        const isKimi = textAt(value, 'type') === 'kimi';
        const url =
          (isPython && isKimi ? env['KIMI_BASE_URL']?.trim() : undefined) ||
          (textAt(value, 'env.KIMI_BASE_URL') ??
            textAt(value, 'base_url') ??
            STANDARD.get(id ?? '')) ||
          // Default of the newer program; the older one has none.
          (isKimi && !isPython ? baseUrlOf('moonshot.ai') : undefined);
        return id === undefined || !url ? [] : [{ id, url }];
      },
    );
    const aliases = entriesAt(content, ['models', '*']).flatMap(({ key: id, value }) => {
      const provider = textAt(value, 'provider');
      const url = urls.find(known => known.id === provider)?.url;
      return id === undefined || url === undefined ? [] : [{ id, url }];
    });
    return [...urls, ...aliases];
  };

/** Default hosts (docs/kimi.md 8). */
const STANDARD: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    'managed:kimi-code': baseUrlOf('kimi.com'),
    'managed:moonshot-ai': baseUrlOf('moonshot.ai'),
    'managed:moonshot-cn': baseUrlOf('moonshot.cn'),
    'moonshot-ai': baseUrlOf('moonshot.ai'),
    'moonshot-cn': baseUrlOf('moonshot.cn'),
  }),
);

const claudeUrls = urlAt('env.ANTHROPIC_BASE_URL');
const openCodeUrls = urlsAt('provider.*.options.baseURL');
const codexUrls = allOf(urlsAt('model_providers.*.base_url'), urlAt('openai_base_url', 'openai'));
const crushUrls = urlsAt('providers.*.base_url');
const continueUrls = urlsAt('models.*.apiBase', ['provider', 'name', 'title', 'model']);
const qwenUrls = allOf(
  urlsAt('modelProviders.*.*.baseUrl', ['id']),
  urlAt('env.OPENAI_BASE_URL'),
  urlAt('security.auth.baseUrl'),
);
/** droid names a model of the user's own `custom:<name, spaces as ->-<index>` (docs/agents.md 7.17). */
const droidUrls: UrlReader = content =>
  [...entriesAt(content, ['customModels']), ...entriesAt(content, ['custom_models'])]
    .flatMap(({ value }): unknown[] => (Array.isArray(value) ? value : []))
    .flatMap((model, index) => {
      const url = textAt(model, 'baseUrl') ?? textAt(model, 'base_url');
      if (url === undefined) return [];
      const name = textAt(model, 'displayName') ?? textAt(model, 'model_display_name');
      const id = textAt(model, 'model');
      const own = [name, id]
        .filter(it => it !== undefined)
        .map(it => `custom:${it.replace(/\s+/g, '-')}-${index}`);
      return [id, name, ...own].filter(it => it !== undefined).map(it => ({ id: it, url }));
    });

const gooseUrls = allOf(
  urlAt('OPENAI_BASE_URL', 'openai'),
  urlAt('OPENAI_HOST', 'openai'),
  urlAt('ANTHROPIC_HOST', 'anthropic'),
);
const aiderVariables = allOf(
  urlAt('AIDER_OPENAI_API_BASE', 'openai'),
  urlAt('OPENAI_API_BASE', 'openai'),
  urlAt('ANTHROPIC_API_BASE', 'anthropic'),
  urlAt('MOONSHOT_API_BASE', 'moonshot'),
);

/**
 * All places, per agent in order of precedence (docs/agents.md 2.5; the agents' own documentation
 * for Crush, Goose, Aider and `modelProviders` of Qwen Code). Not read: Roo Code keeps its base
 * URLs in the editor's secret storage, and Crush's newer `crushrc` is a program.
 */
export const CONFIG_PLACES: readonly ConfigPlace[] = [
  ...user(
    'kimi-code',
    'toml',
    kimiUrls(false),
    below('KIMI_CODE_HOME', '.kimi-code', 'config.toml'),
    here => pathBelow(here, kimiWorkHome(here), 'config.toml'),
  ),
  ...user('kimi-cli', 'toml', kimiUrls(true), below('KIMI_SHARE_DIR', '.kimi', 'config.toml')),
  ...user('kimi-cli', 'json', kimiUrls(true), below('KIMI_SHARE_DIR', '.kimi', 'config.json')),

  ...project(
    'claude-code',
    'json',
    claudeUrls,
    '.claude/settings.local.json',
    '.claude/settings.json',
  ),
  ...user(
    'claude-code',
    'json',
    claudeUrls,
    below('CLAUDE_CONFIG_DIR', '.claude', 'settings.json'),
  ),
  environment('claude-code', urlAt('ANTHROPIC_BASE_URL')),

  ...project(
    'opencode',
    'json',
    openCodeUrls,
    '.opencode/opencode.json',
    'opencode.jsonc',
    'opencode.json',
  ),
  ...user(
    'opencode',
    'json',
    openCodeUrls,
    ({ env }) => env['OPENCODE_CONFIG'] ?? '',
    config('opencode/opencode.jsonc'),
    config('opencode/opencode.json'),
    config('opencode/config.json'),
  ),
  ...project('kilo-code', 'json', openCodeUrls, 'kilo.json', 'opencode.json'),
  ...user(
    'kilo-code',
    'json',
    openCodeUrls,
    config('kilo/kilo.jsonc'),
    config('kilo/kilo.json'),
    config('kilo/opencode.json'),
  ),

  ...project('codex', 'toml', codexUrls, '.codex/config.toml'),
  ...user('codex', 'toml', codexUrls, below('CODEX_HOME', '.codex', 'config.toml')),

  ...user('cline', 'json', urlsAt('providers.*.settings.baseUrl'), clineProviders),

  environment('qwen-code', urlAt('OPENAI_BASE_URL')),
  ...project('qwen-code', 'env', urlAt('OPENAI_BASE_URL'), '.qwen/.env'),
  ...project('qwen-code', 'json', qwenUrls, '.qwen/settings.json'),
  ...user('qwen-code', 'env', urlAt('OPENAI_BASE_URL'), below('', '.qwen', '.env')),
  ...user('qwen-code', 'json', qwenUrls, below('', '.qwen', 'settings.json')),

  ...user(
    'openclaw',
    'json',
    urlsAt('models.providers.*.baseUrl'),
    ({ env }) => env['OPENCLAW_CONFIG_PATH'] ?? '',
    below('OPENCLAW_STATE_DIR', '.openclaw', 'openclaw.json'),
  ),

  ...user(
    'pi',
    'json',
    urlsAt('providers.*.baseUrl'),
    below('PI_CODING_AGENT_DIR', '.pi/agent', 'models.json'),
  ),

  ...user('droid', 'json', droidUrls, below('', '.factory', 'settings.json')),
  ...user('droid', 'json', droidUrls, below('', '.factory', 'config.json')),

  environment('copilot', urlAt('COPILOT_PROVIDER_BASE_URL')),

  ...user(
    'continue',
    'yaml',
    continueUrls,
    below('CONTINUE_GLOBAL_DIR', '.continue', 'config.yaml'),
  ),
  ...user(
    'continue',
    'json',
    continueUrls,
    below('CONTINUE_GLOBAL_DIR', '.continue', 'config.json'),
  ),

  ...project('crush', 'json', crushUrls, '.crush.json', 'crush.json'),
  ...user(
    'crush',
    'json',
    crushUrls,
    config('crush/crush.json', below('LOCALAPPDATA', 'AppData\\Local', 'crush', 'crush.json')),
  ),

  environment('goose', gooseUrls),
  ...user(
    'goose',
    'yaml',
    gooseUrls,
    config(
      'goose/config.yaml',
      below('APPDATA', 'AppData\\Roaming', 'Block', 'goose', 'config', 'config.yaml'),
    ),
  ),

  environment('aider', aiderVariables),
  ...project('aider', 'env', aiderVariables, '.env'),
  ...project('aider', 'yaml', urlAt('openai-api-base', 'openai'), '.aider.conf.yml'),
  ...user('aider', 'env', aiderVariables, below('', '.env')),
  ...user('aider', 'yaml', urlAt('openai-api-base', 'openai'), below('', '.aider.conf.yml')),
];

function clineProviders(here: Surroundings): string {
  const root = agentFolder(here, 'CLINE_DIR', '.cline');
  const data = { ...here, home: root };
  return pathBelow(here, agentFolder(data, 'CLINE_DATA_DIR', 'data'), 'settings', 'providers.json');
}

function user(
  agent: AgentId,
  form: ConfigForm,
  read: UrlReader,
  ...paths: ((here: Surroundings) => string)[]
): ConfigPlace[] {
  return paths.map(path => ({ agent, form, read, at: 'user', path }));
}

function project(
  agent: AgentId,
  form: ConfigForm,
  read: UrlReader,
  ...paths: string[]
): ConfigPlace[] {
  return paths.map(path => ({ agent, form, read, at: 'project', path }));
}

function environment(agent: AgentId, read: UrlReader): ConfigPlace {
  return { agent, read, at: 'environment' };
}
