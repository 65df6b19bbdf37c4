import type { FoundKeys, KeyFinder, LinkedToken, LoginLink } from '../core/accounts/foundKey.ts';
import type { KeySearch } from './findKeys.ts';

/**
 * The places of keys on this machine. The search and its TOML parser are a separate chunk, loaded
 * on the first call: most windows never need them.
 */
export class LocalKeyFinder implements KeyFinder {
  readonly #search: KeySearch;

  constructor(search: KeySearch) {
    this.#search = search;
  }

  async hasSignIn(): Promise<boolean> {
    return (await import('./findKeys.ts')).hasSignIn(this.#search);
  }

  async find(): Promise<FoundKeys> {
    return (await import('./findKeys.ts')).findKeys(this.#search);
  }

  async readLogin(link: LoginLink): Promise<LinkedToken | undefined> {
    return (await import('./findKeys.ts')).readLogin(link, this.#search);
  }
}
