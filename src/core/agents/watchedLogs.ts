import * as z from 'zod/mini';
import { ageWords } from '../base/format.ts';
import type { Locale, Translate } from '../base/ports.ts';
import { AGENT_IDS, type AgentId, agentName } from './signal.ts';
import type { TailedFailure } from './tail.ts';
import { MAX_VALUE_LENGTH, parseStored, type Shape, type ValueRows } from '../base/store.ts';

/** The following of logs, as surfaces see it. */
export interface LogWatch {
  /** While paused nothing is read; afterwards it goes on where it was. For this window alone. */
  isPaused: boolean;
}

/** One of the folders in which an agent writes its logs. */
export interface WatchedFolder {
  readonly agent: AgentId;
  /** Absolute. */
  readonly path: string;
  readonly isThere: boolean;
  /** The system does not tell of changes here: it is looked at every 2 s. */
  readonly isPolled: boolean;
  readonly fileCount: number;
  /** The log that was written last; `modifiedAt` is epoch milliseconds. */
  readonly newest?: { readonly path: string; readonly modifiedAt: number };
  /** How many logs and folders cannot be read, by the system's code, such as `EACCES`. */
  readonly unreadable: Readonly<Record<string, number>>;
}

/** What the window that follows the logs tells all windows. */
export interface WatchedLogs {
  /** The home folder, which people need not read. */
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

/** As text for `saveWatchedLogs`. More folders than fit are left out: those without logs first. */
export function writeWatchedLogs({ home, folders }: WatchedLogs): string {
  const byCount = folders.toSorted((a, b) => b.fileCount - a.fileCount);
  for (let most = byCount.length; ; most = Math.floor(most / 2)) {
    const json = JSON.stringify({ home, folders: byCount.slice(0, most) });
    if (json.length <= MAX_VALUE_LENGTH || most === 0) return json;
  }
}

/** Tells all windows. For the one that follows the logs. */
export async function saveWatchedLogs(archive: ValueRows, json: string): Promise<void> {
  await archive.set(KEY, json);
}

/** What was told last; undefined: nothing so far. */
export async function loadWatchedLogs(archive: ValueRows): Promise<WatchedLogs | undefined> {
  return parseStored(StoredWatchedLogs, await archive.get(KEY));
}

/** How many logs and folders cannot be read. */
export function countUnreadable({ unreadable }: Pick<WatchedFolder, 'unreadable'>): number {
  return Object.values(unreadable).reduce((sum, count) => sum + count, 0);
}

/** What is known of the logs of one agent, in words. */
export interface WatchedRow {
  readonly agent: AgentId;
  readonly name: string;
  readonly state: 'followed' | 'missing' | 'off';
  readonly hasProblem: boolean;
  /** How much there is, and when it was written last. */
  readonly summary: string;
  /** Where it is, and what else is to be known. */
  readonly detail: string;
  readonly folders: readonly WatchedFolder[];
}

/** What rows are made of. */
export interface WatchedState {
  /** Undefined: no window has told so far. */
  readonly logs: WatchedLogs | undefined;
  /** The agents that are not switched off. */
  readonly watched: readonly AgentId[];
  /** The newest failures, in the order of their time. */
  readonly failures: readonly TailedFailure[];
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Paths beyond so many would be cut by the list anyway. */
const MOST_PATHS = 3;

/** A row for each agent: first those whose logs are there, the one that wrote last before others. */
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
    const detail = pathWords(folders, state.logs?.home);
    return { ...row, state: 'missing', summary: t('not found here'), detail };
  }
  const failure = state.failures.findLast(({ signal }) => signal.agent === agent);
  const facts = [
    pathWords(there, state.logs?.home),
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

/** The codes are the system's own; people find them by these names. */
function unreadableWords(folders: readonly WatchedFolder[], t: Translate): string[] {
  const count = folders.reduce((sum, folder) => sum + countUnreadable(folder), 0);
  return count === 0 ? [] : [t("{0} can't be read ({1})", count, codesOf(folders).join(', '))];
}

/** The reasons why logs of these folders cannot be read. */
export function codesOf(folders: readonly WatchedFolder[]): string[] {
  return [...new Set(folders.flatMap(({ unreadable }) => Object.keys(unreadable)))].sort();
}

/** What a person can do about logs that cannot be read. */
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

/** What an agent does not write down, so that nothing of it is no sign that all is well. */
function noteOf(agent: AgentId, t: Translate): string[] {
  if (agent === 'continue') return [t('it logs failed requests only with --verbose')];
  if (agent === 'codex') return [t("it doesn't log the reason for a 429")];
  if (agent === 'copilot') return [t('it logs the reason only when it stops retrying')];
  if (agent === 'cline' || agent === 'qwen-code')
    return [t('it logs failed requests only when it stops retrying')];
  return [];
}

/** The log that was written last. */
export function newestOf(folders: readonly WatchedFolder[]): WatchedFolder['newest'] {
  return folders
    .flatMap(({ newest }) => newest ?? [])
    .reduce<WatchedFolder['newest']>(
      (best, it) => (best && best.modifiedAt >= it.modifiedAt ? best : it),
      undefined,
    );
}

/** A path as people write it. Icons have no place in it. */
export function tildePath(path: string, home: string | undefined): string {
  const isBelow = home !== undefined && home !== '' && /^[\\/]/.test(path.slice(home.length));
  const shown = isBelow && path.startsWith(home) ? `~${path.slice(home.length)}` : path;
  return shown.replaceAll('$(', '$ (');
}

function pathWords(folders: readonly WatchedFolder[], home: string | undefined): string {
  const paths = [...new Set(folders.map(({ path }) => tildePath(path, home)))];
  return [...paths.slice(0, MOST_PATHS), ...(paths.length > MOST_PATHS ? ['…'] : [])].join(', ');
}

const ageOf = (at: number, now: number, t: Translate): string => ageWords(Math.max(0, now - at), t);
const lastWritten = ({ folders }: WatchedRow): number => newestOf(folders)?.modifiedAt ?? 0;
