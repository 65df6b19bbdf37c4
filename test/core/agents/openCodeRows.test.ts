import assert from 'node:assert/strict';
import type { Surroundings } from '../../../src/core/agents/agent.ts';
import { FailureJoiner } from '../../../src/core/agents/failureJoiner.ts';
import { openCode } from '../../../src/core/agents/openCode/openCode.ts';
import type { RequestFailed, Signal } from '../../../src/core/agents/signal.ts';
import { failed, fixtureLines, readAs } from '../../support/agentLogs.ts';

const DATA = '/h/.local/share/opencode';
const readLog = (lines: readonly string[]) =>
  readAs(openCode, `${DATA}/log/opencode.log`, [...lines]);
const readRows = (lines: readonly string[]) => readAs(openCode, `${DATA}/opencode.db`, [...lines]);

/** As a scan reports them: each failure once, with all known facts. */
function joined(signals: readonly Signal[]): RequestFailed[] {
  const joiner = new FailureJoiner();
  const all = signals.flatMap(signal => joiner.join([signal]));
  return [...new Map(all.map(failure => [failure.contentKey, failure])).values()];
}

describe('openCode: rows of the database', () => {
  it('the row of a failed turn has the failure that the log lost', () => {
    const signals = [
      ...readLog(fixtureLines('opencode/gave-up.log')),
      ...readRows(fixtureLines('opencode/gave-up.rows.jsonl')),
    ];
    const failures = joined(signals);
    assert.deepEqual(
      failures.map(({ status, isFinal }) => [status, isFinal]),
      [...Array(5).fill([undefined, undefined]), [429, true]],
    );
    assert.deepEqual(failures.at(-1)?.errorType, 'exceeded_current_quota_error');
    assert.equal(failures.at(-1)?.evidence.host, 'api.kimi.com');
  });

  it('a row with an invalid time or id does not affect other rows', () => {
    const [line] = fixtureLines('opencode/gave-up.rows.jsonl').filter(it =>
      it.includes('statusCode'),
    );
    const row = JSON.parse(line!) as Record<string, unknown>;
    const data = JSON.parse(String(row['data'])) as { time: object };
    const completed = (at: unknown) => ({
      ...row,
      data: JSON.stringify({ ...data, time: { ...data.time, completed: at } }),
    });
    const wrong = [
      { ...completed(null), time_updated: 1e300 },
      { ...row, id: 'a\u001b]52;c;x' },
      { ...row, session_id: 'x'.repeat(10_000) },
    ];
    assert.deepEqual(readRows(wrong.map(it => JSON.stringify(it))), []);
    for (const at of [1e300, 8.64e15 + 1, -1, 'x']) {
      const [signal] = readRows([JSON.stringify(completed(at))]);
      assert.equal(signal?.at, row['time_updated'], `${at}`);
    }
  });

  const orders = ['log first', 'row first'] as const;
  for (const order of orders)
    it(`a failure in both counts once, with the facts of both: ${order}`, () => {
      const log = readLog(fixtureLines('opencode/gave-up-logged.log'));
      const rows = readRows(fixtureLines('opencode/gave-up-logged.rows.jsonl'));
      const failures = joined(order === 'log first' ? [...log, ...rows] : [...rows, ...log]);
      assert.equal(failures.length, failed(log).length);
      const last = failures.find(({ isFinal }) => isFinal);
      assert.deepEqual([last?.status, last?.isThreadUnknown], [429, undefined]);
    });

  it('a response has tokens and no thread: the log has its start', () => {
    const [ended] = readRows(fixtureLines('opencode/gave-up.rows.jsonl'));
    assert.deepEqual(ended, {
      kind: 'requestEnded',
      at: 1795297857289,
      agent: 'opencode',
      session: 'ses_dffe8c81fffe2C9xwA1WkxzI8q',
      isThreadUnknown: true,
      evidence: { providerId: 'kimi-for-coding' },
      contentKey: 'opencode row msg_200173d91001xpxSmWzgIz51iB',
      model: 'kimi-for-coding',
      inputTokens: 7744,
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
      outputTokens: 26,
    });
  });

  const row = (error: object, more: object = {}) =>
    JSON.stringify({
      id: 'msg_1',
      session_id: 'ses_1',
      time_updated: 1795297857289,
      data: JSON.stringify({ role: 'assistant', modelID: 'k3', error, ...more }),
    });
  const none: [fact: string, text: string][] = [
    ['broken off by the user', row({ name: 'MessageAbortedError', data: { message: 'Aborted' } })],
    ['too long an answer', row({ name: 'MessageOutputLengthError', data: {} })],
    ['a user message', row({}).replace('assistant', 'user')],
    ['no JSON', '{"id":"msg_1"'],
    ['invalid data', JSON.stringify({ id: 'a', session_id: 'b', time_updated: 1, data: 'x' })],
  ];
  for (const [fact, text] of none)
    it(`${fact}: no failure`, () => assert.deepEqual(failed(readRows([text])), []));

  it('a compaction is a side request', () => {
    const error = { name: 'APIError', data: { message: 'Overloaded', statusCode: 529 } };
    const [failure] = failed(readRows([row(error, { mode: 'compaction', summary: true })]));
    assert.equal(failure?.isSideRequest, true);
  });
});

describe('openCode: places', () => {
  const linux: Surroundings = { home: '/h', tmp: '/tmp', platform: 'linux', env: {} };
  const cases: [fact: string, surroundings: Surroundings, log: string, database: string][] = [
    ['linux', linux, '/h/.local/share/opencode/log', '/h/.local/share/opencode'],
    [
      'darwin',
      { ...linux, platform: 'darwin' },
      '/h/.local/share/opencode/log',
      '/h/.local/share/opencode',
    ],
    [
      'win32',
      { home: 'C:\\U\\d', tmp: 'C:\\T', platform: 'win32', env: {} },
      'C:\\U\\d\\.local\\share\\opencode\\log',
      'C:\\U\\d\\.local\\share\\opencode',
    ],
    ['XDG_DATA_HOME', { ...linux, env: { XDG_DATA_HOME: '/x' } }, '/x/opencode/log', '/x/opencode'],
    [
      'OPENCODE_DB, absolute',
      { ...linux, env: { OPENCODE_DB: '/d/my.db' } },
      '/h/.local/share/opencode/log',
      '/d',
    ],
    [
      'OPENCODE_DB, relative',
      { ...linux, env: { OPENCODE_DB: 'sub/my.db' } },
      '/h/.local/share/opencode/log',
      '/h/.local/share/opencode/sub',
    ],
    [
      'OPENCODE_DB in memory',
      { ...linux, env: { OPENCODE_DB: ':memory:' } },
      '/h/.local/share/opencode/log',
      '/h/.local/share/opencode',
    ],
  ];
  for (const [fact, surroundings, log, database] of cases)
    it(fact, () => {
      const roots = openCode.sources(surroundings).map(({ root }) => root);
      assert.deepEqual(roots, [log, database]);
    });

  const names: [name: string, isRead: boolean][] = [
    ['opencode.db', true],
    ['opencode-beta.db', true],
    ['opencode.db-wal', false],
    ['auth.json', false],
  ];
  for (const [name, isRead] of names)
    it(`${name} is ${isRead ? '' : 'not '}read`, () =>
      assert.equal(openCode.sources(linux)[1]?.files.test(name), isRead));
});
