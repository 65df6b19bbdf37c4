import { AGENT_IDS } from './agents/signal.ts';
import { NOTICE_KINDS } from './notices/notice.ts';

/** One setting. Its default says which type it has; a list is one of its choices, numbers or texts. */
export interface Setting {
  /** Who may set it. `application`: the user alone, no workspace, container or remote machine. */
  readonly scope: 'application' | 'machine' | 'window';
  readonly default: string | boolean | readonly (string | number)[];
  readonly choices?: readonly string[];
  /** The numbers that a list may hold. */
  readonly range?: { readonly minimum: number; readonly maximum: number };
}

/**
 * Every setting below `kimiQuota.`, in the order in which the editor shows them. The manifest and
 * docs/settings.md are generated from this table (`npm run generate`); the texts are in
 * `package.nls*.json` as `setting.NAME` and `setting.NAME.CHOICE`.
 */
export const SETTINGS = {
  region: { scope: 'application', default: 'kimi.com', choices: ['kimi.com', 'kimi.ai'] },
  /** Empty: the region's own host. */
  baseUrl: { scope: 'application', default: '' },
  /** Empty: api.moonshot.ai. */
  openPlatformBaseUrl: { scope: 'application', default: '' },
  /** Whose logs are followed. */
  watchedAgents: { scope: 'machine', default: AGENT_IDS, choices: AGENT_IDS },
  /** Globs of any other files that are read. */
  otherLogs: { scope: 'machine', default: [] },
  /** Whether errors of agents are looked for in what they write to terminals. */
  readTerminals: { scope: 'application', default: false },
  'statusBar.account': {
    scope: 'window',
    default: 'auto',
    choices: ['auto', 'kimiCode', 'moonshot.ai', 'moonshot.cn'],
  },
  'statusBar.show': { scope: 'window', default: 'remaining', choices: ['remaining', 'used'] },
  'statusBar.density': { scope: 'window', default: 'full', choices: ['full', 'compact', 'icon'] },
  /** What stands at the end of lines in logs. */
  'inline.endOfLine': { scope: 'window', default: 'all', choices: ['all', 'currentLine', 'off'] },
  'notifications.enabled': { scope: 'application', default: true },
  /** Percent left at which a notification says that little is left; it always says that 0 is. */
  'notifications.thresholds': {
    scope: 'application',
    default: [20, 5],
    range: { minimum: 1, maximum: 99 },
  },
  /** What "Do Not Show Again" was chosen for. */
  'notifications.muted': { scope: 'application', default: [], choices: NOTICE_KINDS },
} as const satisfies Record<string, Setting>;

type ElementOf<S extends Setting> = S extends { readonly range: object }
  ? number
  : S extends { readonly choices: readonly (infer Choice)[] }
    ? Choice
    : string;

type ValueOf<S extends Setting> = S['default'] extends boolean
  ? boolean
  : S['default'] extends readonly unknown[]
    ? readonly ElementOf<S>[]
    : ElementOf<S>;

/** The value of every setting. */
export type Settings = {
  readonly [Name in keyof typeof SETTINGS]: ValueOf<(typeof SETTINGS)[Name]>;
};

/** The setting names without their prefix, in the order of the table. */
export const settingNames = Object.keys(SETTINGS) as (keyof Settings)[];

/** Reads what a user may have typed into settings.json. */
export const Settings = {
  /**
   * A value that is not allowed counts as not set. In a list, what is not allowed is left out, as a
   * newer version may have written it: the rest of the list keeps its meaning. Never throws.
   */
  parse(typed: { readonly [Name in keyof Settings]?: unknown }): Settings {
    const values = settingNames.map(name => [name, valueOf(SETTINGS[name], typed[name])]);
    return Object.fromEntries(values) as Settings;
  },
};

function valueOf(setting: Setting, typed: unknown): unknown {
  const { choices, default: usual, range } = setting;
  const isAllowed = (value: unknown): boolean =>
    range
      ? typeof value === 'number' && value >= range.minimum && value <= range.maximum
      : typeof value === 'string' && (!choices || choices.includes(value));
  if (typeof usual === 'boolean') return typeof typed === 'boolean' ? typed : usual;
  if (typeof usual === 'string') return isAllowed(typed) ? typed : usual;
  return Array.isArray(typed) ? typed.filter(isAllowed) : usual;
}
