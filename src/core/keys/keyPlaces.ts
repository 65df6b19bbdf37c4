import type { Environment, PlaceContents, PlacedKey, ProgramId } from './foundKey.ts';
import { readKimiHome } from './kimiHome.ts';
import { LOGIN_FILE } from './login.ts';
import { readClaudeSettings, readOpenCodeAuth } from './otherPlaces.ts';

/** A file of a place, or all in a folder whose names match. `login`: see `parseAccessToken`. */
export type PlaceFile =
  | { readonly path: string; readonly form: 'toml' | 'json' | 'text' }
  | { readonly folder: string; readonly names: RegExp; readonly form: 'login' };

/** Where a program keeps its keys, and how they are read out of it. */
export interface KeyPlace {
  readonly program: ProgramId;
  readonly folder: {
    /** The variable that moves the folder. */
    readonly variable: string;
    /** Where it is otherwise, below the home folder. */
    readonly standard: string;
  };
  readonly files: readonly PlaceFile[];
  readonly read: (contents: PlaceContents, environment: Environment) => PlacedKey[];
}

const LOGINS: PlaceFile = { folder: 'credentials', names: LOGIN_FILE, form: 'login' };

/** Every place that is looked at when a person asks for it, and no other (kimi.md 8). */
export const KEY_PLACES: readonly KeyPlace[] = [
  {
    program: 'kimiCode',
    folder: { variable: 'KIMI_CODE_HOME', standard: '.kimi-code' },
    files: [{ path: 'config.toml', form: 'toml' }, { path: 'region', form: 'text' }, LOGINS],
    read: (contents, environment) => readKimiHome(contents, environment, 'kimiCode'),
  },
  {
    program: 'kimiCli',
    folder: { variable: 'KIMI_SHARE_DIR', standard: '.kimi' },
    // Its first versions had JSON.
    files: [{ path: 'config.toml', form: 'toml' }, { path: 'config.json', form: 'json' }, LOGINS],
    read: (contents, environment) => readKimiHome(contents, environment, 'kimiCli'),
  },
  {
    program: 'claudeCode',
    folder: { variable: 'CLAUDE_CONFIG_DIR', standard: '.claude' },
    files: [{ path: 'settings.json', form: 'json' }],
    read: readClaudeSettings,
  },
  {
    program: 'openCode',
    folder: { variable: 'XDG_DATA_HOME', standard: '.local/share' },
    files: [{ path: 'opencode/auth.json', form: 'json' }],
    read: readOpenCodeAuth,
  },
];
