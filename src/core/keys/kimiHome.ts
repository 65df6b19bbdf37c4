import * as z from 'zod/mini';
import { baseUrlOf } from '../endpoint.ts';
import { readKeyText } from '../keyText.ts';
import { camelCaseKeys, inertLabel, lenient } from '../quota/readField.ts';
import type { Environment, PlaceContents, PlacedKey } from './foundKey.ts';
import { isMoonshotHost } from './keyHost.ts';
import type { AccessToken, LoginLink } from './login.ts';

/** A provider in the configuration of either command-line program, in camelCase (kimi.md 8). */
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

/** The base URLs that go without saying. The name is the provider's. */
const STANDARD_BASES: Readonly<Record<string, string>> = {
  'moonshot-ai': baseUrlOf('moonshot.ai'),
  'managed:moonshot-ai': baseUrlOf('moonshot.ai'),
  'moonshot-cn': baseUrlOf('moonshot.cn'),
  'managed:moonshot-cn': baseUrlOf('moonshot.cn'),
};

/** The slot of `auth.kimi.ai` with `api.kimi.ai/coding/v1`: a hash of the two, as Kimi makes it. */
const GLOBAL_SLOT = 'kimi-code-env-0e4f99c69cc27850';

/**
 * The keys and log-ins in the home folder of a Kimi command-line program: `~/.kimi-code` or, of
 * the older one, `~/.kimi`. Each is for the base URL that its provider names; a log-in that no
 * provider names is for the host that its file is of.
 */
export function readKimiHome(
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
    (name === 'managed:kimi-code' ? codeBase : STANDARD_BASES[name]) ||
    // The default of the new program; the older one has none.
    (program === 'kimiCode' && provider.type === 'kimi' ? baseUrlOf('moonshot.ai') : undefined);

  const keys = providers.flatMap(({ name, provider }): PlacedKey[] => {
    const key = keyOf(provider, environment);
    const baseUrl = baseOf(name, provider);
    const isKimi = provider.type === 'kimi' || (baseUrl && isMoonshotHost(baseUrl));
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
  const fromVariable = provider.apiKeyEnv ? environment[provider.apiKeyEnv] : undefined;
  const texts = [provider.apiKey, provider.env?.KIMI_API_KEY, fromVariable];
  const typed = texts.map(text => readKeyText(text ?? '')).find(({ kind }) => kind === 'key');
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
