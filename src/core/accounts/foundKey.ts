import {
  type AccountSettings,
  type Endpoint,
  type EndpointProblem,
  type Product,
  productOfKey,
} from './endpoint.ts';
import * as z from 'zod/mini';
import { hostOf, regionOfApi } from '../base/kimiHosts.ts';

/**
 * The name of a credential file without its ending: `kimi-code` for the default host, else a hash
 * of the log-in host and the base URL (docs/kimi.md 8).
 */
const SLOT = /^kimi-code(?:-env-[0-9a-f]{16})?$/;

/** The credential files of a command-line program. */
export const LOGIN_FILE = /^kimi-code(?:-env-[0-9a-f]{16})?\.json$/;

/**
 * Which log-in of which program. This is what is stored in place of a token, which would end after
 * 15 minutes: a name of one of the files that we know, never a path.
 */
export const LoginLink = z.object({
  program: z.enum(['kimiCode', 'kimiCli']),
  slot: z.string().check(z.regex(SLOT)),
});
export type LoginLink = z.infer<typeof LoginLink>;

/** The access token of a log-in. It is never renewed by us: that is the program's own business. */
export interface AccessToken {
  readonly token: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** The token of a log-in that is still there, and the host that it is for. */
export interface LinkedToken extends AccessToken {
  readonly origin: string;
}

/** A token that ends sooner could end on its way to Kimi. */
const EXPIRY_MARGIN_MS = 60_000;

/** Whether a token may still be sent at `now` (epoch milliseconds). */
export function isTokenValid({ expiresAt }: Pick<AccessToken, 'expiresAt'>, now: number): boolean {
  return expiresAt > now + EXPIRY_MARGIN_MS;
}

const KEPT: readonly string[] = ['', 'access_token', 'expires_at'];

const Credential = z.object({
  // An empty one marks a log-in that was revoked.
  access_token: z.string().check(z.regex(/^[\x21-\x7E]{1,8192}$/)),
  /** In seconds; the older program writes a fraction. */
  expires_at: z.number().check(z.gte(0), z.lte(1e11)),
});

/**
 * Reads the text of a credential file: the access token and its end. Everything else in it, the
 * refresh token above all, is dropped while the text is parsed. Undefined: no token, or revoked.
 */
export function parseAccessToken(text: string): AccessToken | undefined {
  try {
    const kept: unknown = JSON.parse(text, (name, value: unknown) =>
      KEPT.includes(name) ? value : undefined,
    );
    const { data } = Credential.safeParse(kept);
    return data && { token: data.access_token, expiresAt: Math.round(data.expires_at * 1000) };
  } catch {
    return undefined;
  }
}

/** The region of a base URL that is one of Moonshot's own APIs: https, and no port of its own. */
function regionOfBase(baseUrl: string): ReturnType<typeof regionOfApi> {
  const url = baseUrl.trim();
  const host = /^https:/i.test(url) ? hostOf(url)?.toLowerCase() : undefined;
  const region = regionOfApi(host ?? '');
  return region?.api === host ? region : undefined;
}

/** Whether a base URL is one of Kimi Code's own hosts. */
export const isKimiCodeBase = (baseUrl: string): boolean =>
  regionOfBase(baseUrl)?.product === 'kimi-code';

/** Whether a base URL is one of Moonshot's own hosts, of either product. */
export const isMoonshotBase = (baseUrl: string): boolean => regionOfBase(baseUrl) !== undefined;

/** Which product answers at a base URL; on a host that is not Moonshot's the key tells. */
export function productAt(baseUrl: string, key: string): Product {
  const product = regionOfBase(baseUrl)?.product;
  if (product === 'open-platform') return 'openPlatform';
  const isCode = product !== undefined || /\/coding(?:\/v1)?\/*$/.test(baseUrl.trim());
  return isCode ? 'kimiCode' : (productOfKey(key) ?? 'kimiCode');
}

/** The settings that make a base URL one of the accounts. */
export function settingsForHost(baseUrl: string, product: Product): Partial<AccountSettings> {
  const region = regionOfBase(baseUrl)?.region;
  if (product === 'openPlatform') {
    return { openPlatformBaseUrl: region === 'moonshot.ai' ? '' : baseUrl };
  }
  return region === 'kimi.com' || region === 'kimi.ai' ? { baseUrl: '', region } : { baseUrl };
}

/** Whose key it is: a program that talks to Kimi, or whoever set a variable. */
export type ProgramId =
  'kimiCode' | 'kimiWork' | 'kimiCli' | 'claudeCode' | 'openCode' | 'environment';

/** A key as it lies in its place, or the log-in of a command-line program. */
type FoundSecret =
  | { readonly kind: 'key'; readonly key: string }
  | {
      readonly kind: 'login';
      readonly token: string;
      /** Epoch milliseconds. */
      readonly expiresAt: number;
      readonly link: LoginLink;
    };

/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the files of a place hold, parsed, by their paths below its folder. */
export type PlaceContents = ReadonlyMap<string, unknown>;

/** What a place holds, before anybody has looked at its base URL. */
export interface PlacedKey {
  /** The file's path below the folder of its place, or the name of a variable. */
  readonly file: string;
  /** Which entry of that file, such as a provider's name, as inert words. */
  readonly entry?: string;
  /** The base URL that it is used with there; absent where the place does not tell. */
  readonly baseUrl?: string;
  readonly secret: FoundSecret;
}

/** A key on this machine that could be imported. It goes to its own host and to no other. */
export interface FoundKey {
  readonly program: ProgramId;
  /** Where it stands, as a person reads it: `~/.kimi/config.toml`, or `$KIMI_API_KEY`. */
  readonly source: string;
  readonly entry?: string;
  readonly baseUrl?: string;
  /** Of `baseUrl`; absent with it. */
  readonly endpoint?: Endpoint | EndpointProblem;
  readonly secret: FoundSecret;
}

/** Why a file of a place was not read. A file that is not there is no problem. */
export type FileProblem = 'notAFile' | 'tooLarge' | 'unreadable' | 'garbage';

/** What a search gave: the keys, and the files that may hold one but could not be read. */
export interface FoundKeys {
  readonly keys: readonly FoundKey[];
  readonly problems: readonly { readonly source: string; readonly problem: FileProblem }[];
}

const LAST = 4;
/** Of a shorter key the last characters would be too large a part. */
const SHORTEST_TO_SHOW = 16;

/** The last four characters, to tell one key from another; none of a short key. */
export function lastFour(secret: string): string {
  return secret.length < SHORTEST_TO_SHOW ? '…' : `…${secret.slice(-LAST)}`;
}
