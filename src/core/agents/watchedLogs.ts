import * as z from 'zod/mini';
import { ageWords } from '../base/format.ts';
import type { Locale, Translate } from '../base/ports.ts';
import { AGENT_IDS, type AgentId, agentName } from './signal.ts';
import type { TailedFailure } from './tail.ts';
import { MAX_VALUE_LENGTH, parseStored, type Shape, type ValueRows } from '../base/store.ts';

/** Controls the following of logs, for surfaces. */
export interface LogWatch {
  /**
   * Nothing is read while paused; afterwards reading continues from the same position. Only for
   * this window.
   */
  isPaused: boolean;
}

/** A folder in which an agent writes its logs. */
export interface WatchedFolder {
  readonly agent: AgentId;
  /** Absolute. */
  readonly path: string;
  readonly isThere: boolean;
  /** The system doesn't report changes here: it is polled every 2 s. */
  readonly isPolled: boolean;
  readonly fileCount: number;
  /** The most recently written log; `modifiedAt` is epoch milliseconds. */
  readonly newest?: { readonly path: string; readonly modifiedAt: number };
  /** How many logs and folders cannot be read, by the system's code, such as `EACCES`. */
  readonly unreadable: Readonly<Record<string, number>>;
}

/** What the window that follows the logs reports to all windows. */
export interface WatchedLogs {
  /** The home folder, which display paths omit. */
  readonly home: string;
  readonly folders: readonly WatchedFolder[];
}

const KEY = 'watchedLogs';

const count = z.int().check(z.gte(0));

const StoredWatchedLogs = z.object({
  home: z.string(),
  folders: z.array(
    z.object({
      agent: z.custom<AgentId>(id => typeof id === 'string' && /^[a-z\d-]+$/.test(id)),
      path: z.string(),
      isThere: z.boolean(),
      isPolled: z.boolean(),
      fileCount: count,
      newest: z.exactOptional(z.object({ path: z.string(), modifiedAt: z.number() })),
      unreadable: z.record(z.string(), count),
    } satisfies Shape<WatchedFolder>),
  ),
} satisfies Shape<WatchedLogs>);

/** Text for `saveWatchedLogs`. Folders that don't fit are omitted, those without logs first. */
export function writeWatchedLogs({ home, folders }: WatchedLogs): string {
  const byCount = folders.toSorted((a, b) => b.fileCount - a.fileCount);
  for (let most = byCount.length; ; most = Math.floor(most / 2)) {
    const json = JSON.stringify({ home, folders: byCount.slice(0, most) });
    if (json.length <= MAX_VALUE_LENGTH || most === 0) return json;
  }
}

/** Reports to all windows. For the window that follows the logs. */
export async function saveWatchedLogs(archive: ValueRows, json: string): Promise<void> {
  await archive.set(KEY, json);
}

/** The last report; undefined: none yet. */
export async function loadWatchedLogs(archive: ValueRows): Promise<WatchedLogs | undefined> {
  return parseStored(StoredWatchedLogs, await archive.get(KEY));
}

/** How many logs and folders cannot be read. */
export function countUnreadable({ unreadable }: Pick<WatchedFolder, 'unreadable'>): number {
  return Object.values(unreadable).reduce((sum, count) => sum + count, 0);
}

/** The logs of one agent, as display text. */
export interface WatchedRow {
  readonly agent: AgentId;
  readonly name: string;
  readonly state: 'followed' | 'missing' | 'off';
  readonly hasProblem: boolean;
  /** How many logs there are, and when one was last written. */
  readonly summary: string;
  /** Where they are, and other notes. */
  readonly detail: string;
  readonly folders: readonly WatchedFolder[];
}

/** The input of rows. */
export interface WatchedState {
  /** Undefined: no window has reported yet. */
  readonly logs: WatchedLogs | undefined;
  /** The enabled agents. */
  readonly watched: readonly AgentId[];
  /** The newest failures, ordered by time. */
  readonly failures: readonly TailedFailure[];
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The list would truncate more paths anyway. */
const MOST_PATHS = 3;

/** One row per agent: first those with logs, the most recently written first. */
export function watchedRows(state: WatchedState, locale: Locale): WatchedRow[] {
  const rows = AGENT_IDS.map(agent => rowOf(agent, state, locale));
  const inState = (wanted: WatchedRow['state']): WatchedRow[] =>
    rows.filter(row => row.state === wanted);
  const followed = inState('followed').sort((a, b) => lastWritten(b) - lastWritten(a));
  return [...followed, ...inState('off'), ...inState('missing')];
}

function rowOf(agent: AgentId, state: WatchedState, { t }: Locale): WatchedRow {
  const folders = state.logs?.folders.filter(folder => folder.agent === agent) ?? [];
  const there = folders.filter(({ isThere }) => isThere);
  const row = { agent, name: agentName(agent, t), folders, hasProblem: false };
  if (!state.watched.includes(agent)) {
    return { ...row, state: 'off', summary: t('off'), detail: '' };
  }
  if (there.length === 0) {
    const detail = pathWords(folders, state.logs?.home, t);
    return { ...row, state: 'missing', summary: t('not found here'), detail };
  }
  const failure = state.failures.findLast(({ signal }) => signal.agent === agent);
  const facts = [
    pathWords(there, state.logs?.home, t),
    ...(there.some(({ isPolled }) => isPolled) ? [t('checked every 2 s')] : []),
    ...(failure ? [t('last failed request {0}', ageOf(failure.signal.at, state.now, t))] : []),
    ...noteOf(agent, t),
  ];
  return {
    ...row,
    state: 'followed',
    hasProblem: there.some(folder => countUnreadable(folder) > 0),
    summary: [countWords(there, state.now, t), ...unreadableWords(there, t)].join(' · '),
    detail: facts.join(' · '),
  };
}

function countWords(folders: readonly WatchedFolder[], now: number, t: Translate): string {
  const count = folders.reduce((sum, { fileCount }) => sum + fileCount, 0);
  if (count === 0) return t('no log yet');
  const files = count === 1 ? t('1 log') : t('{0} logs', count);
  return `${files} · ${t('written {0}', ageOf(newestOf(folders)?.modifiedAt ?? now, now, t))}`;
}

/** System codes, which users can search for. */
function unreadableWords(folders: readonly WatchedFolder[], t: Translate): string[] {
  const count = folders.reduce((sum, folder) => sum + countUnreadable(folder), 0);
  return count === 0 ? [] : [t("{0} can't be read ({1})", count, codesOf(folders).join(t(', ')))];
}

/** The reasons why logs in these folders cannot be read. */
export function codesOf(folders: readonly WatchedFolder[]): string[] {
  return [...new Set(folders.flatMap(({ unreadable }) => Object.keys(unreadable)))].sort();
}

/** What the user can do about unreadable logs. */
export function unreadableAdvice(codes: readonly string[], t: Translate): string {
  const isForbidden = codes.some(code => code === 'EACCES' || code === 'EPERM');
  if (codes.includes('EINVAL'))
    return t('Check its environment variables and the name of your home folder.');
  if (codes.includes('EILSEQ')) return t('Its name is not valid UTF-8: rename it.');
  const again = t('It is retried automatically.');
  return isForbidden
    ? `${t("You don't have permission to read it: change its owner or permissions.")} ${again}`
    : `${t('It may be in use by another program, or its drive is disconnected.')} ${again}`;
}

/** What an agent doesn't log, so that an empty list doesn't look like success. */
function noteOf(agent: AgentId, t: Translate): string[] {
  if (agent === 'continue') return [t('it logs failed requests only with --verbose')];
  if (agent === 'codex') return [t("it doesn't log the reason for a 429")];
  if (agent === 'copilot') return [t('it logs the reason only when it stops retrying')];
  if (agent === 'cline' || agent === 'qwen-code')
    return [t('it logs failed requests only when it stops retrying')];
  return [];
}

/** The most recently written log. */
export function newestOf(folders: readonly WatchedFolder[]): WatchedFolder['newest'] {
  return folders
    .flatMap(({ newest }) => newest ?? [])
    .reduce<WatchedFolder['newest']>(
      (best, it) => (best && best.modifiedAt >= it.modifiedAt ? best : it),
      undefined,
    );
}

/** What a window knows about other machines and systems than the one that it runs on. */
export interface WindowPlace {
  /** `vscode.env.remoteName`; undefined: a local window. */
  readonly remoteName: string | undefined;
  /** A local window that could open WSL. */
  readonly hasWsl: boolean;
}

/**
 * Agents that this window doesn't follow because they run on the other side, and what to do
 * (docs/windows.md 3). Undefined: there is no other side.
 */
export function otherSide(
  { remoteName, hasWsl }: WindowPlace,
  t: Translate,
): { readonly title: string; readonly advice: string } | undefined {
  if (remoteName === 'wsl')
    return {
      title: t("Agents on Windows aren't watched here"),
      advice: t('Open a window with a local folder to watch them.'),
    };
  if (remoteName !== undefined)
    return {
      title: t("Agents on your computer aren't watched here"),
      advice: t('Open a local window to watch them.'),
    };
  return hasWsl
    ? {
        title: t("Agents in WSL aren't watched here"),
        advice: t('Open a window in WSL to watch them.'),
      }
    : undefined;
}

/** A display path with `~`, and then with `/` on Windows too. Icon syntax is removed. */
export function tildePath(path: string, home: string | undefined): string {
  const isBelow = home !== undefined && home !== '' && /^[\\/]/.test(path.slice(home.length));
  const rest = isBelow && path.startsWith(home) ? path.slice(home.length) : undefined;
  const isWindows = home?.includes('\\');
  const shown = rest === undefined ? path : `~${isWindows ? rest.replaceAll('\\', '/') : rest}`;
  return shown.replaceAll('$(', '$ (');
}

function pathWords(
  folders: readonly WatchedFolder[],
  home: string | undefined,
  t: Translate,
): string {
  const paths = [...new Set(folders.map(({ path }) => tildePath(path, home)))];
  return [...paths.slice(0, MOST_PATHS), ...(paths.length > MOST_PATHS ? ['…'] : [])].join(t(', '));
}

const ageOf = (at: number, now: number, t: Translate): string => ageWords(Math.max(0, now - at), t);
const lastWritten = ({ folders }: WatchedRow): number => newestOf(folders)?.modifiedAt ?? 0;
