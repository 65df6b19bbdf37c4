import assert from 'node:assert/strict';
import type { WatchedFolder } from '../../src/core/agents/watchedLogs.ts';
import type {
  AccountFacts,
  CheckState,
  MachineFacts,
  WordsContext,
} from '../../src/core/selfCheck/facts.ts';
import { judgeFacts, type CheckRow } from '../../src/core/selfCheck/selfCheckReport.ts';
import { english } from '../../src/core/base/format.ts';
import { parseBaseUrl } from '../../src/node/parseBaseUrl.ts';
import { snapshotOf } from './fakeQuotaClient.ts';

export const NOW = Date.UTC(2026, 10, 21, 12);

/** The result of one rule for such facts: its finding, and parts of the editor's two sentences. */
export type RuleCase<Facts> = [finding: string, state: CheckState, facts: Facts, words: RegExp];

/** An account with which all is well. */
export const well: AccountFacts = {
  account: { id: 'kimiCode', endpoint: parseBaseUrl('https://api.kimi.com/coding/v1', 'kimiCode') },
  key: { kind: 'key', product: 'kimiCode', isLinked: false },
  isMismatched: false,
  answers: {
    quota: { kind: 'fresh', snapshot: snapshotOf(NOW, 16) },
    models: { kind: 'listed', ids: ['kimi-for-coding', 'k3'] },
    clockSkewMs: 0,
    hasProxyVariable: false,
  },
  hasProxy: false,
  chat: { kind: 'answered' },
};
/** A folder with three logs that can be read. */
export const folder = (more: Partial<WatchedFolder> = {}): WatchedFolder => ({
  agent: 'kimi-code',
  path: '/secret/home/.kimi-code',
  isThere: true,
  isPolled: false,
  fileCount: 3,
  unreadable: {},
  ...more,
});

/** A machine with which all is well. */
export const healthy: MachineFacts = {
  isAnswered: true,
  clockSkewMs: 0,
  logs: { isPaused: false, folders: [folder()] },
  secrets: 'stored',
  database: { kind: 'disk' },
  lease: 'here',
  statusPage: { kind: 'read', level: 'well' },
};
/** The rows for one account and the machine. */
export function rowsOf(
  { account = well, machine: of = healthy }: { account?: AccountFacts; machine?: MachineFacts },
  surface: WordsContext['surface'] = 'editor',
): readonly CheckRow[] {
  const locale = { language: 'en', timeZone: 'UTC', t: english };
  return judgeFacts({ accounts: [account], machine: of }, { locale, surface, now: NOW });
}

/** The row of a check matches the case, in the editor and in a terminal. */
export function assertCase(
  check: string,
  [finding, state, , words]: RuleCase<unknown>,
  judge: (surface: WordsContext['surface']) => readonly CheckRow[],
): void {
  for (const surface of ['editor', 'terminal'] as const) {
    const row = judge(surface).find(each => each.check === check);
    assert.deepEqual([row?.finding, row?.state], [finding, state]);
    assert.doesNotMatch(`${row?.means} ${row?.toDo}`, /\{\d\}|undefined/);
    assert.notEqual(row?.means, '');
    if (state === 'broken' || state === 'attention') assert.notEqual(row?.toDo, '');
    if (surface === 'editor') assert.match(`${row?.means} ${row?.toDo}`, words);
  }
}
