import type { Endpoint, EndpointProblem } from '../endpoint.ts';
import type { LoginLink } from './login.ts';

/** Whose key it is: a program that talks to Kimi, or whoever set a variable. */
export type ProgramId = 'kimiCode' | 'kimiCli' | 'claudeCode' | 'openCode' | 'environment';

/** A key as it lies in its place, or the log-in of a command-line program. */
export type FoundSecret =
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
