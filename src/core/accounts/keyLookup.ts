import { type FoundKeys, isTokenValid, type LinkedToken, type LoginLink } from './foundKey.ts';

/** Looks into the places where other programs keep their keys. Reads only; never rejects. */
export interface KeyFinder {
  /** Only when a person asks for it. */
  find(): Promise<FoundKeys>;
  /** The present token of a log-in; undefined when its file is gone, unreadable or revoked. */
  readLogin(link: LoginLink): Promise<LinkedToken | undefined>;
}

/** A key that may be sent to the origin that it was looked up for. */
export interface HeldKey {
  readonly kind: 'key';
  readonly key: string;
  /** It is the token of another program's log-in, which that program renews. */
  readonly isLinked?: boolean;
}

/**
 * What there is for an origin. `tokenExpired`: a log-in is linked, but its token has ended: that
 * is no sign-out, since the program renews it when it is next used. `unanswered`: the key ring
 * failed or is locked, so that nobody knows.
 */
export type KeyLookup = HeldKey | { readonly kind: 'none' | 'tokenExpired' | 'unanswered' };

/** The kinds of `KeyLookup`, for what needs no more. */
export type KeyAccess = KeyLookup['kind'];

/** The token of a linked log-in, if it has not ended and is still for `origin`. */
export async function readLinkedKey(
  link: LoginLink,
  origin: string,
  { finder, now }: { readonly finder: Pick<KeyFinder, 'readLogin'>; readonly now: number },
): Promise<KeyLookup> {
  const token = await finder.readLogin(link);
  if (!token || !isTokenValid(token, now)) return { kind: 'tokenExpired' };
  // The program was pointed to another host since: nothing is for this one.
  if (token.origin !== origin) return { kind: 'none' };
  return { kind: 'key', key: token.token, isLinked: true };
}
