import assert from 'node:assert/strict';
import { attribute } from '../../../src/core/agents/attribution.ts';
import { FailureJoiner } from '../../../src/core/agents/failureJoiner.ts';
import { goose } from '../../../src/core/agents/goose.ts';
import { failed, fixtureLines, readAs } from '../../support/agentLogs.ts';

const FILE = '/h/.local/state/goose/logs/cli/2026-06-14/20260614_101228.log';
const lines = fixtureLines('goose/cli.log');
const signals = readAs(goose, FILE, lines);

describe('goose: failures (from source)', () => {
  const failures = failed(signals);
  const BUSY =
    "We're receiving too many requests at the moment. Please wait a moment and try again.";
  const cases: [fact: string, expected: object][] = [
    [
      'a retry with the whole body',
      { text: BUSY, status: 429, errorType: 'rate_limit_reached_error', retryAfterMs: 2000 },
    ],
    ['a retry with only an error text', { text: BUSY, status: 429 }],
    ['the last attempt', { text: BUSY, status: 429, isFinal: true }],
    [
      'a quota labeled as an authentication error',
      { status: 403, errorType: 'access_terminated_error', isFinal: true },
    ],
    ['a server error', { text: 'upstream', status: 502, isFinal: true }],
  ];
  for (const [index, [fact, expected]] of cases.entries())
    it(fact, () => assert.deepEqual({ ...failures[index], ...expected }, failures[index]));

  it('Goose’s own error and a tool result are not failures', () =>
    assert.equal(failures.length, cases.length));

  it('the error text identifies the account', () =>
    assert.deepEqual(
      failures.map(failure => attribute(failure).provider),
      ['kimi-code', 'kimi-code', 'kimi-code', 'kimi-code', 'unknown'],
    ));

  it('the line with the status does not count a second time', () => {
    const joined = new FailureJoiner().join(signals);
    assert.equal(joined.length, failures.length);
    assert.equal(joined[0]?.session, '20260614_101228');
  });

  it('lines with an anchor are enough', () => {
    const some = lines.filter(line => goose.failureAnchors.some(anchor => line.includes(anchor)));
    assert.ok(some.length < lines.length);
    assert.deepEqual(readAs(goose, FILE, some), signals);
  });
});

describe('goose: places', () => {
  type Platform = 'linux' | 'darwin' | 'win32';
  const cases: [Platform, string, Record<string, string>, string[]][] = [
    ['linux', '/h', {}, ['/h/.local/state/goose/logs']],
    ['linux', '/h', { XDG_STATE_HOME: '/s' }, ['/s/goose/logs']],
    ['linux', '/h', { GOOSE_PATH_ROOT: '/g' }, ['/g/state/logs']],
    [
      'darwin',
      '/Users/me',
      {},
      [
        '/Users/me/.local/state/goose/logs',
        '/Users/me/Library/Application Support/Block/goose/state/logs',
      ],
    ],
    [
      'win32',
      'C:\\h',
      { APPDATA: 'C:\\h\\AppData\\Roaming' },
      [
        'C:\\h\\AppData\\Roaming\\Block\\goose\\data\\logs',
        'C:\\h\\AppData\\Local\\Block\\goose\\data\\logs',
      ],
    ],
  ];
  for (const [platform, home, env, expected] of cases)
    it(`${platform} ${JSON.stringify(env)}`, () => {
      const sources = goose.sources({ home, tmp: '/tmp', platform, env });
      assert.deepEqual(
        sources.map(({ root }) => root),
        expected,
      );
    });

  it('logs of the CLI and the server, with and without a folder for the day; no prompts', () => {
    const { files } = goose.sources({ home: '/h', tmp: '/t', platform: 'linux', env: {} })[0]!;
    assert.ok(files.test('server/2026-06-14/20260614_101228-goosed.log'));
    assert.ok(files.test('cli/20250314_101228.log'));
    assert.ok(!files.test('llm_request.0.jsonl'));
  });
});
