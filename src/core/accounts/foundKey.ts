import * as z from 'zod/mini';
import { hostOf, regionOfApi } from '../base/kimiHosts.ts';
import {
  type AccountSettings,
  type Endpoint,
  type EndpointProblem,
  type Product,
  productOfKey,
} from './endpoint.ts';

/**
 * The name of a credential file without its extension: `kimi-code` for the default host, otherwise
 * a hash of the sign-in host and the base URL (docs/kimi.md 8).
 */
const SLOT = /^kimi-code(?:-env-[0-9a-f]{16})?$/;

/** The credential files of a command-line program. */
export const LOGIN_FILE = /^kimi-code(?:-env-[0-9a-f]{16})?\.json$/;

/**
 * A program's sign-in. Stored instead of a token, which would expire after 15 minutes: the name of
 * a known file, never a path.
 */
export const LoginLink = z.object({
  program: z.enum(['kimiCode', 'kimiCli']),
  slot: z.string().check(z.regex(SLOT)),
});
export type LoginLink = z.infer<typeof LoginLink>;

/** The access token of a sign-in. Only the program itself renews it. */
export interface AccessToken {
  readonly token: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** The token of an existing sign-in, and the host that it is for. */
export interface LinkedToken extends AccessToken {
  readonly origin: string;
}

/** A token that ends sooner could expire on its way to Kimi. */
const EXPIRY_MARGIN_MS = 60_000;

/** Whether a token may still be sent at `now` (epoch milliseconds). */
export function isTokenValid({ expiresAt }: Pick<AccessToken, 'expiresAt'>, now: number): boolean {
  return expiresAt > now + EXPIRY_MARGIN_MS;
}

const KEPT: readonly string[] = ['', 'access_token', 'expires_at'];

const Credential = z.object({
  // An empty token marks a revoked sign-in.
  access_token: z.string().check(z.regex(/^[\x21-\x7E]{1,8192}$/)),
  /** In seconds; the older program writes a fraction. */
  expires_at: z.number().check(z.gte(0), z.lte(1e11)),
});

/**
 * Parses a credential file: the access token and its expiry. All other fields, above all the
 * refresh token, are dropped during parsing. Undefined: no token, or revoked.
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

/** The region of a base URL at a Moonshot API: https, and without a port. */
function regionOfBase(baseUrl: string): ReturnType<typeof regionOfApi> {
  const url = baseUrl.trim();
  const host = /^https:/i.test(url) ? hostOf(url)?.toLowerCase() : undefined;
  const region = regionOfApi(host ?? '');
  return region?.api === host ? region : undefined;
}

/** Whether a base URL is at a Kimi Code host. */
export const isKimiCodeBase = (baseUrl: string): boolean =>
  regionOfBase(baseUrl)?.product === 'kimi-code';

/** Whether a base URL is at a Moonshot host, of either product. */
export const isMoonshotBase = (baseUrl: string): boolean => regionOfBase(baseUrl) !== undefined;

/** The product at a base URL; on other hosts than Moonshot's the key decides. */
export function productAt(baseUrl: string, key: string): Product {
  const product = regionOfBase(baseUrl)?.product;
  if (product === 'open-platform') return 'openPlatform';
  const isCode = product !== undefined || /\/coding(?:\/v1)?\/*$/.test(baseUrl.trim());
  return isCode ? 'kimiCode' : (productOfKey(key) ?? 'kimiCode');
}

/** The settings that add an account for a base URL. */
export function settingsForHost(baseUrl: string, product: Product): Partial<AccountSettings> {
  const region = regionOfBase(baseUrl)?.region;
  if (product === 'openPlatform') {
    return { openPlatformBaseUrl: region === 'moonshot.ai' ? '' : baseUrl };
  }
  return region === 'kimi.com' || region === 'kimi.ai' ? { baseUrl: '', region } : { baseUrl };
}

/** Where a key was found: a program that uses Kimi, or the environment. */
export type ProgramId =
  'kimiCode' | 'kimiWork' | 'kimiCli' | 'claudeCode' | 'openCode' | 'environment';

/** A found key, or the sign-in of a command-line program. */
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

/** The parsed files of a place, by their paths below its folder. */
export type PlaceContents = ReadonlyMap<string, unknown>;

/** A key in a place, before its base URL is parsed. */
export interface PlacedKey {
  /** The file's path below the folder of the place, or the name of a variable. */
  readonly file: string;
  /** The entry in that file, such as a provider's name, as inert text. */
  readonly entry?: string;
  /** The base URL that the place uses it with; absent where it has none. */
  readonly baseUrl?: string;
  readonly secret: FoundSecret;
}

/** A key on this machine that can be imported. It is only ever sent to its own host. */
export interface FoundKey {
  readonly program: ProgramId;
  /** Display path of the source: `~/.kimi/config.toml`, or `$KIMI_API_KEY`. */
  readonly source: string;
  readonly entry?: string;
  readonly baseUrl?: string;
  /** Of `baseUrl`; absent with it. */
  readonly endpoint?: Endpoint | EndpointProblem;
  readonly secret: FoundSecret;
}

/** Why a file of a place was not read. A missing file is not a problem. */
export type FileProblem = 'notAFile' | 'tooLarge' | 'unreadable' | 'garbage';

/** The result of a search: keys, and files that may contain a key but could not be read. */
export interface FoundKeys {
  readonly keys: readonly FoundKey[];
  readonly problems: readonly { readonly source: string; readonly problem: FileProblem }[];
}

const LAST = 4;
/** The last characters of a shorter key would reveal too much of it. */
const SHORTEST_TO_SHOW = 16;

/** The last four characters, to distinguish keys; none of a short key. */
export function lastFour(secret: string): string {
  return secret.length < SHORTEST_TO_SHOW ? '…' : `…${secret.slice(-LAST)}`;
}

/** Finds keys of other programs. Reads only; never rejects. */
export interface KeyFinder {
  /** Whether Kimi Code is signed in: only that its file is there is looked at. */
  hasSignIn(): Promise<boolean>;
  /** Call only on a user's request. */
  find(): Promise<FoundKeys>;
  /** The current token of a sign-in; undefined when its file is missing, unreadable or revoked. */
  readLogin(link: LoginLink): Promise<LinkedToken | undefined>;
}

/** A key that may be sent to the origin of the lookup. */
export interface HeldKey {
  readonly kind: 'key';
  readonly key: string;
  /** It is the token of another program's sign-in, which that program renews. */
  readonly isLinked?: boolean;
}

/**
 * The key for an origin. `tokenExpired`: a sign-in is linked, but its token has expired. The user
 * is still signed in, since the program renews it on its next use. `unanswered`: the key ring
 * failed or is locked.
 */
export type KeyLookup = HeldKey | { readonly kind: 'none' | 'tokenExpired' | 'unanswered' };

/** The kinds of `KeyLookup`, for code that needs no key. */
export type KeyAccess = KeyLookup['kind'];

/** The token of a linked sign-in, if it has not expired and still belongs to `origin`. */
export async function readLinkedKey(
  link: LoginLink,
  origin: string,
  { finder, now }: { readonly finder: Pick<KeyFinder, 'readLogin'>; readonly now: number },
): Promise<KeyLookup> {
  const token = await finder.readLogin(link);
  if (!token || !isTokenValid(token, now)) return { kind: 'tokenExpired' };
  // The program uses another host since then: it has no key for this one.
  if (token.origin !== origin) return { kind: 'none' };
  return { kind: 'key', key: token.token, isLinked: true };
}
