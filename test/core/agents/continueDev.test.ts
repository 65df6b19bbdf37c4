import assert from 'node:assert/strict';
import { attribute } from '../../../src/core/agents/attribution.ts';
import { continueDev } from '../../../src/core/agents/continueDev.ts';
import { parseLocalTime } from '../../../src/core/base/time.ts';
import { failed, fixtureLines, readAs } from '../../support/agentLogs.ts';

const LOGS = '/h/.continue/logs';
const readCli = (...lines: string[]) => readAs(continueDev, `${LOGS}/cn.log`, lines);
const readCore = (...lines: string[]) => readAs(continueDev, `${LOGS}/core.log`, lines);
const verbose = fixtureLines('continue/verbose.log');

describe('continueDev: the CLI with --verbose', () => {
  const signals = readCli(...verbose);

  it('one failure line counts for the three attempts of the SDK', () =>
    assert.deepEqual(
      failed(signals).map(({ at, text, status, attemptCount, retryAfterMs, session }) => ({
        at,
        text,
        status,
        attemptCount,
        retryAfterMs,
        session,
      })),
      [
        ['2026-11-21 22:10:05.857', 887],
        ['2026-11-21 22:10:08.898', 1406],
      ].map(([time, retryAfterMs]) => ({
        at: parseLocalTime(String(time)),
        text: 'Your account org-… <ak-…bcd1> is suspended due to insufficient balance, please recharge your account or check your plan and billing details',
        status: 429,
        attemptCount: 3,
        retryAfterMs,
        session: 'e67e91fd',
      })),
    ));

  it('the request before it has the host and model, and its key is not kept', () => {
    const [failure] = failed(signals);
    assert.deepEqual(
      [failure?.model, attribute(failure!).reason],
      ['kimi-k2.5', 'host api.moonshot.ai'],
    );
    const reader = continueDev.createReader({ relativePath: 'cn.log', format: 'log' });
    const line = verbose[3]!.replace('sk-…', 'sk-kimi-aaaaaaaaaaaaaaaaaaaa');
    const read = reader.read({ text: line, byteOffset: 0, isWhole: true });
    assert.equal(read.length, 1);
    assert.ok(!(JSON.stringify(read) + reader.saveMemory()).includes('sk-kimi'));
  });

  it('requests begin and end, with tokens', () =>
    assert.deepEqual(
      signals.map(signal => [
        signal.kind,
        signal.kind === 'requestEnded' ? signal.outputTokens : undefined,
      ]),
      [
        ['requestStarted', undefined],
        ['requestEnded', 25],
        ['requestStarted', undefined],
        ['requestFailed', undefined],
        ['requestStarted', undefined],
        ['requestFailed', undefined],
      ],
    ));

  it('lines with an anchor report the same failures', () => {
    const lines = verbose.filter(line =>
      continueDev.failureAnchors.some(anchor => line.includes(anchor)),
    );
    assert.deepEqual(failed(readCli(...lines)), failed(signals));
  });

  const others: [error: string, attempts: number | undefined, status: number | undefined][] = [
    ['The engine is currently overloaded, please try again later', undefined, undefined],
    ['Connection error.', 3, undefined],
    ['500 internal: driver: bad connection', 3, 500],
    ['403 You have no access', undefined, 403],
  ];
  for (const [error, attempts, status] of others)
    it(`${error}: ${attempts ?? 1} attempts`, () => {
      const line = `2026-11-21 22:10:05.857 [e67e91fd] [debug]: Retry attempt ${JSON.stringify({ attempt: 0, delay: 5.5, error })}`;
      const [failure] = failed(readCli(line));
      assert.deepEqual([failure?.attemptCount, failure?.status], [attempts, status]);
    });

  it('two programs that write one log are separate', () => {
    const other = verbose[3]!
      .replace('e67e91fd', 'aaaaaaaa')
      .replace('api.moonshot.ai', 'api.openai.com');
    const failures = failed(
      readCli(verbose[6]!, other, verbose[7]!, verbose[7]!.replace('e67e91fd', 'aaaaaaaa')),
    );
    assert.deepEqual(
      failures.map(({ evidence }) => evidence.host),
      ['api.moonshot.ai', 'api.openai.com'],
    );
  });
});

describe('continueDev: the log of the editors (from source)', () => {
  const line =
    '[2026-11-21T22:10:05] Error running handler for "llm/streamChat": Error: 429 Slow down';

  it('an error is one failure, however often it is logged', () => {
    const failures = failed(readCore(line, line));
    assert.deepEqual(
      failures.map(({ at, status, text }) => [at, status, text]),
      [[Date.UTC(2026, 10, 21, 22, 10, 5), 429, 'Slow down']],
    );
  });
});

describe('continueDev: not a failure', () => {
  const lines = [
    '2026-11-21 22:10:03.744 [e67e91fd] [debug]: Updated tool call state {"updates":{"output":"Retry attempt {\\"error\\":\\"429 x\\"}"}}',
    '2026-11-21 22:10:05.857 [e67e91fd] [debug]: Waiting before retry {"delayMs":887}',
    '2026-11-21 22:10:05.857 [e67e91fd] [debug]: Retry attempt {"attempt":0,"delay":887}',
    '[2026-11-21T22:10:05] Indexed 429 files',
    'Error: 429 without a time',
  ];
  for (const line of lines)
    it(line.slice(0, 90), () => assert.deepEqual([...readCli(line), ...readCore(line)], []));
});

describe('continueDev: places', () => {
  const root = (
    env: Record<string, string>,
    platform: 'linux' | 'darwin' | 'win32',
    home: string,
  ) => continueDev.sources({ home, tmp: '/tmp', platform, env })[0]?.root;
  const cases: [Record<string, string>, 'linux' | 'darwin' | 'win32', string, string][] = [
    [{}, 'linux', '/h', '/h/.continue/logs'],
    [{}, 'darwin', '/Users/me', '/Users/me/.continue/logs'],
    [{}, 'win32', 'C:\\Users\\me', 'C:\\Users\\me\\.continue\\logs'],
    [{ CONTINUE_GLOBAL_DIR: '/c' }, 'linux', '/h', '/c/logs'],
  ];
  for (const [env, platform, home, expected] of cases)
    it(`${platform} ${JSON.stringify(env)}`, () =>
      assert.equal(root(env, platform, home), expected));
});
