import assert from 'node:assert/strict';
import type { MachineFacts } from '../../../src/core/selfCheck/facts.ts';
import { MACHINE_RULES } from '../../../src/core/selfCheck/selfCheckReport.ts';
import {
  assertCase,
  folder,
  healthy,
  rowsOf,
  type RuleCase,
} from '../../support/selfCheckFacts.ts';

const MINUTE_MS = 60_000;

const machine = (more: Partial<MachineFacts>): MachineFacts => ({ ...healthy, ...more });
const logs = (folders: MachineFacts['logs']['folders'], isPaused = false): MachineFacts =>
  machine({ logs: { isPaused, folders } });
const inMemory = (
  reason: Extract<MachineFacts['database'], { kind: 'memory' }>['reason'],
): MachineFacts => machine({ database: { kind: 'memory', reason } });
const { statusPage: _page, ...noPage } = healthy;
const { clockSkewMs: _skew, ...noTime } = healthy;
const forbidden = { unreadable: { EACCES: 2 } };

const CASES: Record<string, RuleCase<MachineFacts>[]> = {
  clock: [
    ['clockNotCompared', 'notTried', machine({ isAnswered: false }), /^No host .* was reachable/],
    ['timeNotTold', 'unknown', noTime, /had no time/],
    ['clockFarOff', 'broken', machine({ clockSkewMs: 10 * MINUTE_MS }), /10 min slow/],
    ['clockFarOff', 'broken', machine({ clockSkewMs: -5 * MINUTE_MS }), /5 min fast/],
    ['clockOff', 'attention', machine({ clockSkewMs: MINUTE_MS }), /1 min slow/],
    ['clockOff', 'attention', machine({ clockSkewMs: 1 - 5 * MINUTE_MS }), /5 min fast/],
    ['clockRight', 'ok', machine({ clockSkewMs: MINUTE_MS - 1 }), /Within a minute/],
  ],
  logs: [
    ['logsPaused', 'attention', logs([folder()], true), /paused in this window/],
    ['logsNotTold', 'unknown', logs(undefined), /Try again in a moment/],
    ['noLogReadable', 'broken', logs([folder({ fileCount: 2, ...forbidden })]), /2 can't be read/],
    [
      'logsUnreadable',
      'attention',
      logs([folder(), folder({ agent: 'cline', ...forbidden })]),
      /^2 can't be read \(EACCES\): Cline\. You don't have permission/,
    ],
    ['noLogs', 'attention', logs([folder({ fileCount: 0 })]), /^No agent log/],
    ['logsRead', 'ok', logs([folder()]), /^Found and readable: Kimi Code \(3\)\. $/],
  ],
  secrets: [
    ['secretsKept', 'ok', healthy, /saves and keeps values/],
    ['secretsLost', 'broken', machine({ secrets: 'notKept' }), /gnome-keyring/],
    [
      'secretsNotAnswering',
      'broken',
      machine({ secrets: 'timedOut' }),
      /Unlock the system's key ring/,
    ],
  ],
  database: [
    ['databaseWorks', 'ok', healthy, /read and written/],
    ['diskFull', 'broken', inMemory('full'), /disk is full/],
    ['notWritable', 'broken', inMemory('readOnly'), /isn't writable/],
    ['notWritable', 'broken', inMemory('cannotOpen'), /isn't writable/],
    ['databaseDamaged', 'broken', inMemory('damaged'), /damaged/],
    ['databaseDamaged', 'broken', inMemory('io'), /damaged/],
    ['databaseBusy', 'attention', inMemory('busy'), /Another program/],
    ['newerDatabase', 'attention', inMemory('newerSchema'), /newer version/],
  ],
  lease: [
    ['thisWindow', 'ok', healthy, /^This window checks Kimi/],
    ['anotherWindow', 'ok', machine({ lease: 'elsewhere' }), /^Another window checks/],
  ],
  statusPage: [
    ['statusNotTried', 'notTried', noPage, /Select this row to check/],
    [
      'apiDown',
      'broken',
      machine({ statusPage: { kind: 'read', level: 'down', incident: 'No chat' } }),
      /API is down\. The page mentions: No chat\. Wait/,
    ],
    [
      'apiInTrouble',
      'attention',
      machine({ statusPage: { kind: 'read', level: 'degraded' } }),
      /reports API problems\. Wait/,
    ],
    ['apiWell', 'ok', healthy, /API works/],
    ['statusNotRead', 'unknown', machine({ statusPage: { kind: 'malformed' } }), /in a browser/],
    [
      'statusNotRead',
      'unknown',
      machine({ statusPage: { kind: 'unreachable', cause: 'dns' } }),
      /in a browser/,
    ],
  ],
};

describe('self-check: each rule for the machine', () => {
  for (const [check, cases] of Object.entries(CASES))
    for (const each of cases)
      it(`${check}: ${each[0]}, ${each[1]}: ${each[3].source}`, () =>
        assertCase(check, each, surface => rowsOf({ machine: each[2] }, surface)));
});

describe('self-check: the rules for the machine', () => {
  const findings = MACHINE_RULES.map(({ check, finding }) => `${check} ${finding}`);

  it('names each finding once', () => assert.equal(new Set(findings).size, findings.length));

  it('has an example of each rule and no other', () => {
    const tested = Object.entries(CASES).flatMap(([check, cases]) =>
      cases.map(([finding]) => `${check} ${finding}`),
    );
    assert.deepEqual([...new Set(tested)].sort(), findings.toSorted());
  });

  it('has nothing to do if everything works', () => {
    const rows = rowsOf({});
    assert.deepEqual(
      rows.filter(({ state, toDo }) => state !== 'ok' || toDo !== ''),
      [],
    );
    assert.equal(rows.length, 14);
  });

  it('omits what a terminal does not have', () => {
    const { secrets: _s, lease: _l, ...terminal } = healthy;
    const checks = rowsOf({ machine: terminal }, 'terminal').map(({ check }) => check);
    assert.ok(!checks.includes('secrets') && !checks.includes('lease'));
  });
});
