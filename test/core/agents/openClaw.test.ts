import assert from 'node:assert/strict';
import type { Surroundings } from '../../../src/core/agents/agent.ts';
import { attribute } from '../../../src/core/agents/attribution.ts';
import { FailureJoiner } from '../../../src/core/agents/failureJoiner.ts';
import { openClaw } from '../../../src/core/agents/openClaw.ts';
import type { RequestFailed, Signal } from '../../../src/core/agents/signal.ts';
import { failed, fixtureLines, readAs } from '../../support/agentLogs.ts';

const readLog = (lines: readonly string[]) =>
  readAs(openClaw, '/tmp/openclaw/openclaw-2026-11-21.log', [...lines]);
const SESSION = '/h/.openclaw/agents/main/sessions/5f7e5280.jsonl';
const readSession = (...lines: string[]) => readAs(openClaw, SESSION, lines);
const readRows = (...lines: string[]) =>
  readAs(openClaw, '/h/.openclaw/agents/main/agent/openclaw-agent.sqlite', lines);

function joined(signals: readonly Signal[]): RequestFailed[] {
  const joiner = new FailureJoiner();
  const all = signals.flatMap(signal => joiner.join([signal]));
  return [...new Map(all.map(failure => [failure.contentKey, failure])).values()];
}

describe('openClaw: failures of the log', () => {
  const cases: [text: string, status: number][] = [
    ["We're receiving too many requests at the moment. Please wait a moment and try again.", 429],
    [
      'Your account org-…<ak-…bcd1> request reached organization max RPM: 3, please try again after 1 seconds',
      429,
    ],
    ['The engine is currently overloaded, please try again later', 429],
    [
      "You've reached your weekly (7-day) usage limit. Your quota will reset when the current 7-day window ends. To continue now, purchase extra usage or upgrade your plan: https://www.kimi.com/membership/subscription?tab=quota",
      403,
    ],
    ['Invalid Authentication', 401],
    [
      'Kimi For Coding is currently only available for Coding Agents such as Kimi CLI, Claude Code, Roo Code, Kilo Code, etc.',
      403,
    ],
    ['Not found the model kimi-for-coding or Permission denied', 404],
    ['Invalid request: Your request exceeded model token limit: 262144 (requested: 269030)', 400],
  ];
  const lines = fixtureLines('openclaw/failures.log');
  for (const [index, [text, status]] of cases.entries())
    it(`${status}: ${text.slice(0, 60)}`, () => {
      const [failure, ...others] = failed(readLog([lines[index]!]));
      assert.ok(failure && others.length === 0);
      assert.deepEqual([failure.text, failure.status], [text, status]);
      assert.equal(attribute(failure).provider, 'open-platform');
      // Rate limits and overloads are retried; no line follows for the others.
      assert.equal(failure.isFinal, status === 429 ? undefined : true);
      assert.equal(failure.at, Date.parse(JSON.parse(lines[index]!).time));
    });

  it('eleven lines are two failures: one with a wait, and the last', () => {
    const failures = joined(readLog(fixtureLines('openclaw/gave-up.log')));
    assert.deepEqual(
      failures.map(({ status, retryAfterMs, isFinal }) => [status, retryAfterMs, isFinal]),
      [
        [429, 30_000, undefined],
        [429, undefined, true],
      ],
    );
  });

  it('the response has the status where the error text does not', () => {
    const [answer = '', end = ''] = fixtureLines('openclaw/gave-up.log');
    const bare = end.replace(/"rawErrorPreview":"429 /, '"rawErrorPreview":"');
    assert.deepEqual(
      failed(readLog([answer, bare, bare])).map(({ status }) => status),
      [429, undefined],
    );
  });

  it('a successful run and text that only mentions an error are not failures', () => {
    const [, end = ''] = fixtureLines('openclaw/gave-up.log');
    const well = end.replace('"isError":true', '"isError":false');
    const mention = JSON.stringify({
      '0': '{"subsystem":"agent"}',
      '1': 'user asks about embedded_run_agent_end isError 429 rate_limit_reached_error',
      time: '2026-11-21T22:15:17.422+00:00',
    });
    assert.deepEqual(readLog([well, mention, '{"broken', '429']), []);
  });
});

describe('openClaw: transcripts (from source, not observed)', () => {
  const entry = (message: object, timestamp = '2026-11-21T22:15:17.500Z') =>
    JSON.stringify({
      type: 'message',
      id: 'e1',
      timestamp,
      message: { role: 'assistant', provider: 'moonshot', model: 'kimi-k2.5', ...message },
    });
  const refused = entry({
    stopReason: 'error',
    errorMessage:
      '429 Your account org-0f3c1d5e7a9b4c2d8e6f1a2b3c4d5e6f<ak-f8m2q7w1rtyu111abcd1> request reached organization max RPM: 3, please try again after 1 seconds',
  });
  const row = (json: string) =>
    JSON.stringify({ session_id: '5f7e5280', event_json: json, created_at: 1 });

  it('a line and a row of one session are equal', () => {
    assert.deepEqual(readRows(row(refused)), readSession(refused));
    assert.equal(failed(readSession(refused))[0]?.status, 429);
  });

  for (const order of ['log first', 'transcript first'] as const)
    it(`with the log it is one failure: ${order}`, () => {
      const log = readLog(fixtureLines('openclaw/gave-up.log').slice(0, 3));
      const signals =
        order === 'log first'
          ? [...log, ...readRows(row(refused))]
          : [...readRows(row(refused)), ...log];
      const [failure, ...others] = joined(signals);
      assert.ok(failure && others.length === 0);
      assert.equal(failure.retryAfterMs, 30_000);
    });

  it('without the log it counts', () => {
    assert.equal(joined(readRows(row(refused))).length, 1);
  });

  it('a response has tokens; a canceled request has none', () => {
    const usage = { input: 10, output: 5, cacheRead: 7, cacheWrite: 0 };
    const [ended] = readSession(entry({ stopReason: 'stop', usage }));
    assert.deepEqual(
      ended?.kind === 'requestEnded' && [ended.inputTokens, ended.outputTokens],
      [17, 5],
    );
    const [aborted] = readSession(entry({ stopReason: 'aborted', usage }));
    assert.deepEqual(aborted?.kind === 'requestEnded' && aborted.outputTokens, undefined);
  });

  it('a prompt or an answer that quotes an error is not a failure', () => {
    const user = refused.replace('"role":"assistant"', '"role":"user"');
    const quote = entry({ stopReason: 'stop', errorMessage: '429 x', content: 'assistant 429' });
    assert.deepEqual(failed(readSession(user, quote, '{"type":"session","role":"assistant"}')), []);
  });
});

describe('openClaw: places', () => {
  const linux: Surroundings = { home: '/h', tmp: '/tmp', platform: 'linux', env: {} };
  const state = (home: string, separator = '/') =>
    ['.openclaw', '.moltbot', '.clawdbot'].flatMap(name =>
      Array(2).fill([home, name, 'agents'].join(separator)),
    );
  const cases: [fact: string, surroundings: Surroundings, roots: string[]][] = [
    ['linux', linux, ['/tmp/openclaw', ...state('/h')]],
    [
      'linux, if another user owns the folder',
      { ...linux, uid: 1001 },
      ['/tmp/openclaw', '/tmp/openclaw-1001', ...state('/h')],
    ],
    [
      'darwin has a temporary folder per user, and a shared one',
      { ...linux, platform: 'darwin', tmp: '/var/folders/x/T', uid: 501 },
      [
        '/var/folders/x/T/openclaw',
        '/tmp/openclaw',
        '/var/folders/x/T/openclaw-501',
        ...state('/h'),
      ],
    ],
    [
      'win32',
      { home: 'C:\\U\\d', tmp: 'C:\\U\\d\\Temp', platform: 'win32', env: {} },
      ['C:\\U\\d\\Temp\\openclaw', ...state('C:\\U\\d', '\\')],
    ],
    [
      'OPENCLAW_STATE_DIR',
      { ...linux, env: { OPENCLAW_STATE_DIR: '/s' } },
      ['/tmp/openclaw', '/s/agents', '/s/agents', ...state('/h').slice(2)],
    ],
  ];
  for (const [fact, surroundings, roots] of cases)
    it(fact, () => {
      assert.deepEqual(
        openClaw.sources(surroundings).map(({ root }) => root),
        roots,
      );
    });

  const names: [path: string, source: number | undefined][] = [
    ['main/sessions/0a1b-2c.jsonl', 1],
    ['main/sessions/0a1b-2c.trajectory.jsonl', undefined],
    ['main/sessions/sessions.json', undefined],
    ['main/agent/openclaw-agent.sqlite', 2],
    ['main/agent/openclaw-agent.sqlite-wal', undefined],
  ];
  for (const [path, source] of names)
    it(`${path} is ${source === undefined ? 'not read' : 'read'}`, () => {
      const index = openClaw.sources(linux).findIndex(({ files }) => files.test(path));
      assert.equal(index < 0 ? undefined : index, source);
    });
});
