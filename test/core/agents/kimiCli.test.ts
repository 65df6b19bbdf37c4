import assert from 'node:assert/strict';
import { attribute } from '../../../src/core/agents/attribution.ts';
import { FailureJoiner } from '../../../src/core/agents/failureJoiner.ts';
import { kimiCli } from '../../../src/core/agents/kimiCli.ts';
import type { Signal } from '../../../src/core/agents/signal.ts';
import { failed, fixtureLines, readAs, readRestarting } from '../../support/agentLogs.ts';

const LOG = '/h/.kimi/logs/kimi.log';
const SESSION = '0b9d6f0a-1c2e-4f3a-8d57-2f1e6a7b8c90';
const WIRE = `/h/.kimi/sessions/9a0364b9e99bb480dd25e1f0284c8555/${SESSION}`;
const readLog = (...lines: string[]) => failed(readAs(kimiCli, LOG, lines));
const readWire = (name: string, path = `${WIRE}/wire.jsonl`) =>
  readAs(kimiCli, path, fixtureLines(`kimi-cli/${name}`));

const BUSY = "We're receiving too many requests at the moment. Please wait a moment and try again.";

describe('kimiCli: failures of the log (from source)', () => {
  const ofNew = readLog(...fixtureLines('kimi-cli/1.49.log'));
  const cases: [fact: string, expected: object][] = [
    [
      'a retry has an error text, a status and a wait',
      { text: BUSY, status: 429, retryAfterMs: 585, errorType: 'rate_limit_reached_error' },
    ],
    ['each retry is a failure', { text: BUSY, status: 429, retryAfterMs: 1020 }],
    ['a traceback is one failure with an error text', { text: BUSY, status: 429, isFinal: true }],
    ['a compaction is a side request', { text: 'Connection error.', isSideRequest: true }],
    [
      'a sub-agent stops retrying',
      {
        text: "You've reached your concurrent request limit. Please wait for your ongoing requests to finish and try again.",
        status: 429,
        isFinal: true,
      },
    ],
    ['a quota reported as 403', { status: 403, errorType: 'access_terminated_error' }],
    ['an expired sign-in', { text: '', status: 401, isFinal: true }],
  ];
  for (const [index, [fact, expected]] of cases.entries())
    it(fact, () => assert.deepEqual({ ...ofNew[index], ...expected }, ofNew[index]));

  it('there are no more than these', () => assert.equal(ofNew.length, cases.length));

  it('all belong to the account in the log', () => {
    assert.deepEqual([...new Set(ofNew.map(one => attribute(one).reason))], ['host api.kimi.com']);
    assert.equal(ofNew[0]?.model, 'kimi-for-coding');
  });

  it('up to 1.30 a retry has no error text and no session', () => {
    const old = readLog(...fixtureLines('kimi-cli/1.16.log'));
    assert.deepEqual(
      old.map(({ text, status, session, retryAfterMs }) => [text, status, session, retryAfterMs]),
      [
        ['', undefined, '', 620],
        ['', undefined, '', 980],
        [BUSY, 429, '', undefined],
      ],
    );
    assert.equal(attribute(old[0]!).provider, 'unknown');
    assert.equal(attribute(old[2]!).provider, 'kimi-code');
  });

  it('a traceback without its last line is reported at the next line', () => {
    const lines = fixtureLines('kimi-cli/1.16.log').slice(2, 5);
    const [failure] = readLog(
      ...lines,
      '2026-03-02 09:01:00.000 | INFO     | kimi_cli.app:create:1 - x',
    );
    assert.deepEqual([failure?.text, failure?.isFinal], ['', true]);
  });

  it('parallel sessions at different hosts leave the host unknown', () => {
    const [, , ...rest] = fixtureLines('kimi-cli/1.49.log');
    const line = (url: string) =>
      `2026-06-14 18:12:28.101 | INFO     | kimi_cli.app:create:180 |  - Using LLM provider: type='openai_legacy' base_url='${url}' api_key=SecretStr('**********')`;
    const failures = readLog(
      line('https://api.openai.com/v1'),
      line('https://api.kimi.com/coding/v1'),
      ...rest,
    );
    assert.deepEqual(failures[0]?.evidence, { hasKimiWords: true, product: 'kimi-code' });
  });

  it('lines of one millisecond are separate failures, and reading them again adds none', () => {
    const [line] = fixtureLines('kimi-cli/1.49.log').filter(text =>
      text.includes('for the 1 time'),
    );
    const keys = () => readLog(line!, line!).map(({ contentKey }) => contentKey);
    assert.equal(new Set([...keys(), ...keys()]).size, 2);
  });

  it('a restart between any two lines changes nothing', () => {
    const lines = fixtureLines('kimi-cli/1.49.log');
    const file = { relativePath: 'kimi.log', format: 'log' };
    assert.deepEqual(readRestarting(kimiCli, file, lines).signals, ofNew);
  });

  it('lines with an anchor are enough', () => {
    const lines = fixtureLines('kimi-cli/1.49.log').filter(line =>
      kimiCli.failureAnchors.some(anchor => line.includes(anchor)),
    );
    assert.deepEqual(readLog(...lines), ofNew);
  });
});

describe('kimiCli: starts and ends of the wire (from source)', () => {
  const brief = (signals: readonly Signal[]) =>
    signals.map(signal => [
      signal.kind,
      signal.subagent,
      signal.request,
      signal.kind === 'requestEnded' ? (signal.outputTokens ?? signal.failure?.status) : undefined,
    ]);

  it('each attempt starts and ends, and so does a parallel compaction', () =>
    assert.deepEqual(brief(readWire('1.49.wire.jsonl')), [
      ['requestStarted', undefined, 'step 1', undefined],
      ['requestEnded', undefined, 'step 1', 311],
      ['requestStarted', undefined, 'step 2', undefined],
      ['requestEnded', undefined, 'step 2', 429],
      ['requestStarted', undefined, 'step 2 2', undefined],
      ['requestEnded', undefined, 'step 2', 429],
      ['requestStarted', undefined, 'step 2 3', undefined],
      ['requestEnded', undefined, 'step 2 3', undefined],
      ['requestStarted', undefined, 'step 1', undefined],
      ['requestStarted', undefined, 'compaction', undefined],
      ['requestEnded', undefined, 'compaction', undefined],
      ['requestEnded', undefined, 'step 1', 311],
    ]));

  it('sub-agents of 1.16 are identified by the tool call', () =>
    assert.deepEqual(brief(readWire('1.16.wire.jsonl')).slice(2), [
      ['requestStarted', 'call_a', 'step 1', undefined],
      ['requestStarted', 'call_b', 'step 1', undefined],
      ['requestEnded', 'call_a', 'step 1', 311],
      ['requestEnded', 'call_b', 'step 1', undefined],
    ]));

  it('a sub-agent with its own file is named by its folder', () => {
    const path = `${WIRE}/subagents/a1b2c3/wire.jsonl`;
    const [first] = readWire('1.49.wire.jsonl', path);
    assert.deepEqual([first?.session, first?.subagent], [SESSION, 'a1b2c3']);
  });

  it('a retry in the log and in the wire is one failure with a known thread', () => {
    const wire = readWire('1.49.wire.jsonl');
    const ended = wire.filter(signal => signal.kind === 'requestEnded' && signal.failure);
    // As the log shows it in this machine's time zone.
    const log = readLog(...fixtureLines('kimi-cli/1.49.log')).slice(0, 2);
    const shifted = log.map((failure, index) => ({ ...failure, at: ended[index]!.at - 10 }));
    const joiner = new FailureJoiner();
    joiner.join(shifted);
    const joined = joiner.join(wire);
    assert.deepEqual(
      joined.map(({ isThreadUnknown, text, request }) => [isThreadUnknown, text, request]),
      [
        [undefined, BUSY, 'step 2'],
        [undefined, BUSY, 'step 2'],
      ],
    );
  });
});

describe('kimiCli: not a failure', () => {
  const lines = [
    'openai.RateLimitError: Error code: 429 - {}',
    'kosong.chat_provider.APIStatusError: Error code: 429 - {}',
    '2026-06-14 18:12:28.300 | INFO     | kimi_cli.ui.shell:run:84 |  - Running agent with user input: Retrying step for the 1 time (last error: x: 429). Waiting 1 seconds.',
    '2026-06-14 18:12:28.300 | INFO     | my_app.retry:run:84 | - Retrying step for the 1 time. Waiting 1 seconds.',
    '2026-06-14 18:12:28.300 | DEBUG    | kosong.chat:generate:84 |  - LLM provider error:',
  ];
  for (const line of lines) it(line.slice(0, 90), () => assert.deepEqual(readLog(line), []));
});

describe('kimiCli: places', () => {
  const roots = (
    env: Record<string, string>,
    platform: 'linux' | 'darwin' | 'win32',
    home: string,
  ) => kimiCli.sources({ home, tmp: '/tmp', platform, env }).map(({ root }) => root);
  const cases: [Record<string, string>, 'linux' | 'darwin' | 'win32', string, string[]][] = [
    [{}, 'linux', '/h', ['/h/.kimi/logs', '/h/.kimi/sessions']],
    [{}, 'darwin', '/Users/me', ['/Users/me/.kimi/logs', '/Users/me/.kimi/sessions']],
    [
      {},
      'win32',
      'C:\\Users\\me',
      ['C:\\Users\\me\\.kimi\\logs', 'C:\\Users\\me\\.kimi\\sessions'],
    ],
    [{ KIMI_SHARE_DIR: '/k' }, 'linux', '/h', ['/k/logs', '/k/sessions']],
    [{ KIMI_SHARE_DIR: 'D:\\k' }, 'win32', 'C:\\h', ['D:\\k\\logs', 'D:\\k\\sessions']],
  ];
  for (const [env, platform, home, expected] of cases)
    it(`${platform} ${JSON.stringify(env)}`, () =>
      assert.deepEqual(roots(env, platform, home), expected));

  it('a rotated log is read, another program’s log is not', () => {
    const [log] = kimiCli.sources({ home: '/h', tmp: '/t', platform: 'linux', env: {} });
    assert.ok(log?.files.test('kimi.2026-06-15_06-00-00_123456.log'));
    assert.ok(!log?.files.test('kimi-code.log'));
  });
});
