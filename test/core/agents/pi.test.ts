import assert from 'node:assert/strict';
import type { Surroundings } from '../../../src/core/agents/agent.ts';
import { attribute } from '../../../src/core/agents/attribution.ts';
import { pi } from '../../../src/core/agents/pi.ts';
import { failed, fixtureLines, readAs } from '../../support/agentLogs.ts';

const NAME = '2026-11-30T19-31-03-876Z_00000000-0000-4000-8000-000000000001.jsonl';
const read = (...lines: string[]) => readAs(pi, `/h/.pi/agent/sessions/--w--/${NAME}`, lines);
const lines = fixtureLines('pi/session.jsonl');
const entry = (message: object, id = 'a1') =>
  JSON.stringify({
    type: 'message',
    id,
    timestamp: '2026-11-30T19:31:05.205Z',
    message: {
      role: 'assistant',
      provider: 'kimi-coding',
      model: 'k3',
      timestamp: 1796067064967,
      ...message,
    },
  });

describe('pi: failures', () => {
  it('each attempt once, with status, type, words and account', () =>
    assert.deepEqual(
      failed(read(...lines)).map(failure => [
        failure.status,
        failure.errorType,
        failure.text.slice(0, 30),
        failure.isFinal,
        attribute(failure).provider,
        failure.session.slice(-4),
      ]),
      [
        [
          429,
          'rate_limit_reached_error',
          "We're receiving too many reque",
          undefined,
          'kimi-code',
          '0001',
        ],
        [
          403,
          'access_terminated_error',
          "You've reached your 5-hour usa",
          undefined,
          'kimi-code',
          '0001',
        ],
        [401, 'invalid_authentication_error', 'Invalid Authentication', true, 'kimi-code', '0001'],
      ],
    ));

  const cases: [raw: string, status: number | undefined, text: string][] = [
    ['429: {"error":{"message":"slow","type":"rate_limit_reached_error"}}', 429, 'slow'],
    ['500 {"message":"broken"}', 500, 'broken'],
    ['502: <html><title>502 Bad Gateway</title></html>', 502, 'Bad Gateway'],
    ['503: busy', 503, 'busy'],
    ['Connection error.', undefined, 'Connection error.'],
  ];
  for (const [errorMessage, status, text] of cases)
    it(`${errorMessage.slice(0, 40)} is ${status ?? 'no status'}`, () => {
      const [failure] = failed(read(entry({ stopReason: 'error', errorMessage })));
      assert.deepEqual([failure?.status, failure?.text], [status, text]);
    });

  for (const [provider, expected] of [
    ['moonshotai', 'open-platform'],
    ['moonshotai-cn', 'open-platform'],
    ['openrouter', 'other'],
    ['mine', 'unknown'],
  ] as const)
    it(`provider ${provider} is ${expected}`, () => {
      const [failure] = failed(
        read(entry({ provider, stopReason: 'error', errorMessage: '429: {"message":"slow"}' })),
      );
      assert.equal(failure && attribute(failure).provider, expected);
    });

  it('a fork of the session repeats no failure', () => {
    const fork = readAs(pi, '/h/.pi/agent/sessions/--w--/2026-12-01_b.jsonl', lines);
    assert.deepEqual(
      failed(fork).map(({ contentKey }) => contentKey),
      failed(read(...lines)).map(({ contentKey }) => contentKey),
    );
  });

  it('lines with an anchor are enough', () => {
    const some = lines.filter(line => pi.failureAnchors.some(anchor => line.includes(anchor)));
    assert.deepEqual(failed(read(...some)), failed(read(...lines)));
  });

  it('words of a user or a tool, and an answer that quotes an error, are none', () => {
    const user = entry({ role: 'user', stopReason: 'error', errorMessage: '429: x' });
    const quote = entry({ stopReason: 'stop', content: '"stopReason":"error" 429: assistant' });
    assert.deepEqual(failed(read(user, quote, '{"type":"message","role":"assistant"', '429')), []);
  });
});

describe('pi: the last attempt', () => {
  const chain = (...kinds: readonly string[]) =>
    kinds.map((kind, index) => {
      const ids = { id: `e${index}`, parentId: `e${index - 1}` };
      const timestamp = `2026-11-30T19:31:${10 + index}.000Z`;
      if (kind === 'edit')
        return JSON.stringify({ type: 'context_edit', ...ids, timestamp, targetId: ids.parentId });
      const stopReason = kind === 'answer' ? 'stop' : 'error';
      const errorMessage = kind === 'answer' ? undefined : `${kind}: {"message":"slow"}`;
      const message = { role: 'assistant', provider: 'kimi-coding', stopReason, errorMessage };
      return JSON.stringify({ type: 'message', ...ids, timestamp, message });
    });
  const retried = (times: number) => Array.from({ length: times }, () => ['429', 'edit']).flat();
  const cases: [fact: string, kinds: string[], finals: number[]][] = [
    ['after three retries', [...retried(3), '429'], [4]],
    ['an earlier one may be retried', [...retried(2), '429'], []],
    ['a rejected key at once', ['401'], [1]],
    ['a response between starts again', [...retried(2), 'answer', ...retried(2), '429'], []],
    ['a new prompt starts again', [...retried(3), '429', 'answer', '429'], [4]],
    ['a setting that allows more retries shows in the fourth', [...retried(4), '429'], [4]],
  ];
  for (const [fact, kinds, finals] of cases)
    it(fact, () =>
      assert.deepEqual(
        failed(read(...chain(...kinds))).flatMap((it, index) => (it.isFinal ? [index + 1] : [])),
        finals,
      ),
    );

  it('is known after a restart in between', () => {
    const [all, file] = [
      chain(...retried(3), '429'),
      { relativePath: `--w--/${NAME}`, format: 'session' },
    ];
    const first = pi.createReader(file);
    const record = (text: string) => ({ text, byteOffset: 0, isWhole: true });
    for (const line of all.slice(0, 4)) first.read(record(line));
    const second = pi.createReader(file, first.saveMemory());
    const rest = all.slice(4).flatMap(line => second.read(record(line)));
    assert.deepEqual(
      failed(rest).map(({ isFinal }) => isFinal),
      [undefined, true],
    );
  });

  it('entries of an older version, without ids, are never the last one', () =>
    assert.deepEqual(
      failed(
        read(
          ...chain(...retried(3), '429').map(line =>
            line.replaceAll(/"(?:parentI|i)d":"e[-\d]+",/g, ''),
          ),
        ),
      ).filter(({ isFinal }) => isFinal),
      [],
    ));
});

describe('pi: requests', () => {
  const usage = { input: 10, output: 5, cacheRead: 7, cacheWrite: 1 };

  it('an answer begins, ends and has tokens', () => {
    const [start, end] = read(entry({ stopReason: 'stop', usage }));
    assert.equal(start?.kind, 'requestStarted');
    assert.equal(start.at, 1796067064967);
    assert.equal(start.request, end?.request);
    assert.deepEqual(end?.kind === 'requestEnded' && [end.inputTokens, end.outputTokens], [18, 5]);
  });

  it('what the user broke off has no tokens', () => {
    const [, end] = read(entry({ stopReason: 'aborted', usage }));
    assert.equal(end?.kind === 'requestEnded' && end.outputTokens, undefined);
  });
});

describe('pi: places', () => {
  const linux: Surroundings = { home: '/h', tmp: '/tmp', platform: 'linux', env: {} };
  const cases: [fact: string, here: Surroundings, roots: string[]][] = [
    ['linux', linux, ['/h/.pi/agent/sessions', '/h/.omp/agent/sessions']],
    [
      'darwin',
      { ...linux, home: '/Users/me', platform: 'darwin' },
      ['/Users/me/.pi/agent/sessions', '/Users/me/.omp/agent/sessions'],
    ],
    [
      'win32',
      { ...linux, home: 'C:\\h', platform: 'win32' },
      ['C:\\h\\.pi\\agent\\sessions', 'C:\\h\\.omp\\agent\\sessions'],
    ],
    [
      'both variables',
      { ...linux, env: { PI_CODING_AGENT_DIR: '/p', PI_CODING_AGENT_SESSION_DIR: '~/s' } },
      ['/p/sessions', '/h/s', '/h/.omp/agent/sessions'],
    ],
    [
      'a relative folder is not followed',
      { ...linux, env: { PI_CODING_AGENT_SESSION_DIR: 's' } },
      ['/h/.pi/agent/sessions', '/h/.omp/agent/sessions'],
    ],
  ];
  for (const [fact, here, roots] of cases)
    it(fact, () =>
      assert.deepEqual(
        pi.sources(here).map(({ root }) => root),
        roots,
      ),
    );

  for (const [path, isRead] of [
    [`--w--/${NAME}`, true],
    [NAME, true],
    ['--w--/notes.md', false],
    ['--w--/x/a.jsonl', false],
  ] as const)
    it(`${path} is ${isRead ? 'read' : 'not read'}`, () =>
      assert.equal(pi.sources(linux)[0]?.files.test(path), isRead));
});
