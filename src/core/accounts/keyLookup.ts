import { type FoundKeys, isTokenValid, type LinkedToken, type LoginLink } from './foundKey.ts';

/** Finds keys of other programs. Reads only; never rejects. */
export interface KeyFinder {
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
