import type { FoundKeys } from './foundKey.ts';
import type { LinkedToken, LoginLink } from './login.ts';

/** Looks into the places where other programs keep their keys. Reads only; never rejects. */
export interface KeyFinder {
  /** Only when a person asks for it. */
  find(): Promise<FoundKeys>;
  /** The present token of a log-in; undefined when its file is gone, unreadable or revoked. */
  readLogin(link: LoginLink): Promise<LinkedToken | undefined>;
}
