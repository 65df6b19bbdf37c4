import { AGENT_IDS } from './agents/signal.ts';
import { NOTICE_KINDS } from './notices/notice.ts';

/** One setting. Its default determines its type; a list contains choices, numbers or texts. */
export interface Setting {
  /** Absent: `application`. Only the user can set it, not a workspace, container or remote machine. */
  readonly scope?: 'machine' | 'window';
  readonly default: string | boolean | number | readonly (string | number)[];
  readonly choices?: readonly string[];
  /** Of a number, or of those in a list. */
  readonly range?: { readonly minimum: number; readonly maximum: number };
}

/**
 * All settings below `kimiQuota.`, in the order of the settings editor. The manifest and
 * docs/settings.md are generated from this table (`npm run generate`); the texts are in
 * `package.nls*.json` as `setting.NAME` and `setting.NAME.CHOICE`.
 */
export const SETTINGS = {
  region: { default: 'kimi.com', choices: ['kimi.com', 'kimi.ai'] },
  /** Empty for the host of the region. */
  baseUrl: { default: '' },
  /** Empty for api.moonshot.ai. */
  openPlatformBaseUrl: { default: '' },
  /** Agents whose logs are followed. */
  watchedAgents: { scope: 'machine', default: AGENT_IDS, choices: AGENT_IDS },
  /** Globs of other log files. */
  otherLogs: { scope: 'machine', default: [] },
  /** Whether agents' terminal output is searched for errors. */
  readTerminals: { default: false },
  /** Whether agents' tokens are counted. */
  'ledger.enabled': { scope: 'machine', default: true },
  /** Whether the names of projects are stored with them. */
  'ledger.projects': { scope: 'machine', default: true },
  'statusBar.account': {
    scope: 'window',
    default: 'auto',
    choices: ['auto', 'kimiCode', 'moonshot.ai', 'moonshot.cn'],
  },
  'statusBar.show': { scope: 'window', default: 'remaining', choices: ['remaining', 'used'] },
  'statusBar.density': { scope: 'window', default: 'full', choices: ['full', 'compact', 'icon'] },
  /** Whether Kimi's status page is checked while requests fail. */
  statusPage: { default: 'ask', choices: ['ask', 'allow', 'never'] },
  /** Explanations at the end of log lines. */
  'inline.endOfLine': { scope: 'window', default: 'all', choices: ['all', 'currentLine', 'off'] },
  'notifications.enabled': { default: true },
  /** Percent left at which to notify; 0 always notifies. */
  'notifications.thresholds': {
    default: [20, 5],
    range: { minimum: 1, maximum: 99 },
  },
  /** Kinds of notifications muted with "Mute". */
  'notifications.muted': { default: [], choices: NOTICE_KINDS },
  /** Percent of the week that one session may take before a notification; 0: no notification. */
  'guard.warnAtSessionShare': {
    default: 0,
    range: { minimum: 0, maximum: 100 },
  },
  /** Percent left of the longest quota below which the hook stops steps; 0: never. */
  'guard.stopBelowPercent': {
    default: 0,
    range: { minimum: 0, maximum: 99 },
  },
  /** Times of the day such as 22:00-07:00; empty for the whole day. */
  'guard.between': { default: '' },
  /** Whether the hook stops steps while retries can't succeed. */
  'guard.stopRunaway': { default: false },
  /** Names that leave with the numbers; empty for a keyed hash and a random alias. */
  'team.account': { default: '' },
  'team.machine': { scope: 'machine', default: '' },
  'team.push': {
    default: 'off',
    choices: ['off', 'prometheus', 'pushgateway', 'remoteWrite', 'otlp'],
  },
  'team.pushUrl': { default: '' },
  'team.queryUrl': { default: '' },
} as const satisfies Record<string, Setting>;

type ElementOf<S extends Setting> = S extends { readonly range: object }
  ? number
  : S extends { readonly choices: readonly (infer Choice)[] }
    ? Choice
    : string;

type ValueOf<S extends Setting> = S['default'] extends boolean
  ? boolean
  : S['default'] extends number
    ? number
    : S['default'] extends readonly unknown[]
      ? readonly ElementOf<S>[]
      : ElementOf<S>;

/** The values of all settings. */
export type Settings = {
  readonly [Name in keyof typeof SETTINGS]: ValueOf<(typeof SETTINGS)[Name]>;
};

/** All setting names without prefix, in the order of the table. */
export const settingNames = Object.keys(SETTINGS) as (keyof Settings)[];

/** Parses settings that a user may have typed into settings.json. */
export const Settings = {
  /**
   * An invalid value counts as not set. In a list, invalid items, which a newer version may have
   * written, are omitted and the others kept. Never throws.
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
  if (!Array.isArray(usual)) return isAllowed(typed) ? typed : usual;
  return Array.isArray(typed) ? typed.filter(isAllowed) : usual;
}
