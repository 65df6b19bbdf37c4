import assert from 'node:assert/strict';
import { attribute } from '../../../src/core/agents/attribution.ts';
import { cline } from '../../../src/core/agents/cline/cline.ts';
import { FailureJoiner } from '../../../src/core/agents/failureJoiner.ts';
import { failed, fixtureLines, readAs, readRestarting } from '../../support/agentLogs.ts';
import { RewrittenLog } from '../../support/rewrittenLogs.ts';

const LOG = '/h/.cline/data/logs/cline.log';
const readLog = (...lines: string[]) => readAs(cline, LOG, lines);
const SESSION = '1795297800499_5ge07';
const messages = (name = `${SESSION}.messages.json`) =>
  new RewrittenLog(cline, { relativePath: `${SESSION}/${name}`, format: 'session' });

describe('cline: failures of the log', () => {
  const cases: [
    words: RegExp,
    status: number | undefined,
    type: string | undefined,
    attempts: number | undefined,
    provider: string,
  ][] = [
    [
      /^Your account org-… <ak-…bcd1> is suspended/,
      429,
      'exceeded_current_quota_error',
      6,
      'open-platform',
    ],
    [/max concurrency: 3, please/, 429, 'rate_limit_reached_error', 6, 'open-platform'],
    [/^You've reached your 5-hour/, 403, 'access_terminated_error', undefined, 'open-platform'],
    [/TPD rate limit/, 429, 'rate_limit_reached_error', 6, 'open-platform'],
    [/^internal: driver: bad connection$/, 500, 'server_error', 6, 'open-platform'],
    [/^The engine is currently overloaded/, undefined, undefined, undefined, 'open-platform'],
    [/^You exceeded your current quota/, 429, 'insufficient_quota', 6, 'other'],
  ];
  const lines = fixtureLines('cline/failures.log');
  for (const [index, [words, status, type, attempts, provider]] of cases.entries())
    it(`${status ?? 'no status'}, ${provider}, ${attempts ?? 1} attempts: ${words.source}`, () => {
      const [failure, ...others] = failed(readLog(lines[index]!));
      assert.ok(failure && others.length === 0);
      assert.match(failure.text, words);
      assert.deepEqual(
        [failure.status, failure.errorType, failure.attemptCount, attribute(failure).provider],
        [status, type, attempts, provider],
      );
      assert.equal(failure.isFinal, true);
    });

  it('reads a broken connection as one failure of six attempts, whose text is next to them', () => {
    const [failure, ...others] = failed(readLog(...fixtureLines('cline/reset.log')));
    assert.deepEqual(others, []);
    assert.equal(failure?.attemptCount, 6);
    assert.match(failure.text, /^Cannot connect to API: The socket connection was closed/);
  });

  it('has the session, model and version of earlier lines; seven lines are one failure', () => {
    const signals = readLog(...fixtureLines('cline/gave-up.log'));
    const brief = signals.map(({ kind, session, model, agentVersion }) => [
      kind,
      session,
      model,
      agentVersion,
    ]);
    const known = [SESSION, 'kimi-k2.5', '3.0.65'];
    assert.deepEqual(brief, [
      ['requestStarted', ...known],
      ['requestEnded', ...known],
      ['requestStarted', ...known],
      ['requestFailed', ...known],
    ]);
    assert.ok(signals[1]?.kind === 'requestEnded' && signals[1].outputTokens === 25);
  });

  it('a restart between lines loses nothing', () => {
    const file = { relativePath: 'cline.log', format: 'log' };
    const lines = fixtureLines('cline/gave-up.log');
    assert.deepEqual(readRestarting(cline, file, lines).signals, readLog(...lines));
  });

  it('two processes in one log have separate sessions', () => {
    const lines = fixtureLines('cline/gave-up.log');
    const other = lines.map(line =>
      line.replaceAll(SESSION, '2_other').replace(/"pid":\d+/, '"pid":999'),
    );
    const mixed = lines.flatMap((line, index) => [line, other[index]!]);
    assert.deepEqual(
      failed(readLog(...mixed)).map(({ session }) => session),
      [SESSION, '2_other'],
    );
  });

  it('attempts that failed in different ways are separate failures', () => {
    const line = JSON.parse(lines[0]!);
    line.err.errors[5] = JSON.parse(lines[2]!).err;
    const failures = failed(readLog(JSON.stringify(line)));
    assert.deepEqual(
      failures.map(({ status, attemptCount, isFinal }) => [status, attemptCount, isFinal]),
      [
        [429, 5, undefined],
        [403, undefined, true],
      ],
    );
    assert.equal(new Set(failures.map(({ contentKey }) => contentKey)).size, 2);
  });

  it('only the beginning of an overlong line is read', () => {
    const [, , , line] = lines;
    const text =
      line!.slice(0, line!.indexOf('"requestBodyValues"')) +
      '"requestBodyValues":{"messages":[{"content":"429';
    const file = { relativePath: 'cline.log', format: 'log' };
    const signals = cline
      .createReader(file)
      .read({ text: `…\n${text}`, byteOffset: 9, isWhole: false });
    const [failure, ...others] = failed(signals);
    assert.ok(failure && others.length === 0);
    assert.match(failure.text, /TPD rate limit/);
    assert.deepEqual(
      [failure.attemptCount, failure.evidence.host, failure.evidence.providerId],
      [6, 'api.moonshot.ai', 'moonshot'],
    );
  });
});

describe('cline: sub-agents', () => {
  const lines = fixtureLines('cline/subagents.log');

  it('their responses have no known thread, and end no request of the main agent', () => {
    const signals = readLog(...lines);
    assert.deepEqual(
      signals.map(signal => (signal.isThreadUnknown ? '?' : signal.kind)),
      ['requestStarted', 'requestEnded', '?', '?', '?', '?', '?', 'requestStarted', 'requestEnded'],
    );
    assert.deepEqual(failed(signals), []);
  });

  const [error] = fixtureLines('cline/failures.log');
  const line = error!.replace(/"pid":\d+/, /"pid":\d+/.exec(lines[0]!)![0]);
  const last = lines.findLastIndex(text => text.includes('subagent_completed'));

  it('while several run, the sub-agent of a failure is unknown', () => {
    const until = lines.findLastIndex(text => text.includes('subagent_started')) + 1;
    const [failure] = failed(readLog(...lines.slice(0, until), line));
    assert.deepEqual([failure?.isThreadUnknown, failure?.subagent], [true, undefined]);
  });

  it('while one runs, a failure is attributed to it', () => {
    const [failure] = failed(readLog(...lines.slice(0, last), line));
    const [agent] = /agent_\d+_\w+/.exec(lines[last]!)!;
    assert.deepEqual([failure?.isThreadUnknown, failure?.subagent], [undefined, agent]);
  });
});

describe('cline: sessions', () => {
  const whole = fixtureLines('cline/session.messages.json').join('\n');

  it('and the log report a failure once, in either order', async () => {
    const log = readLog(...fixtureLines('cline/gave-up.log'));
    const session = await messages().read(whole);
    assert.equal(failed(session).length, 1);
    for (const order of [
      [log, session],
      [session, log],
    ]) {
      const joiner = new FailureJoiner();
      const all = new Map(order.flatMap(it => joiner.join(it)).map(it => [it.contentKey, it]));
      assert.deepEqual(
        [...all.values()].map(({ status, attemptCount }) => [status, attemptCount]),
        [[429, 6]],
      );
    }
  });

  it('report a failure without a log', async () => {
    const [failure] = failed(await messages().read(whole));
    assert.equal(failure?.at, 1795297866353);
    assert.deepEqual(
      [failure?.session, failure?.model, failure?.evidence.providerId, failure?.subagent],
      [SESSION, 'kimi-k2.5', 'moonshot', undefined],
    );
    const [ofSubagent] = failed(await messages('agent_7_x.messages.json').read(whole));
    assert.equal(ofSubagent?.subagent, 'agent_7_x');
  });

  it('that are rewritten report only new failures', async () => {
    const session = messages();
    const later = JSON.parse(whole);
    const message = { ...later.messages.at(-1), id: 'error_2', ts: 1795297899000 };
    later.messages.push({ role: 'user', content: [{ text: 'again' }] }, message);
    assert.equal(failed(await session.read(whole)).length, 1);
    const keys = failed(await session.read(JSON.stringify(later))).map(
      ({ contentKey }) => contentKey,
    );
    assert.deepEqual(keys, [`cline failed ${SESSION} error_2`]);
  });
});

describe('cline: not a failure', () => {
  it('a run that reads and quotes errors', () => {
    const signals = readLog(...fixtureLines('cline/mention.log'));
    assert.ok(signals.length > 0 && signals.every(({ kind }) => kind !== 'requestFailed'));
  });

  it('an answer in a session that quotes an error', async () => {
    const text = 'Failed: {"displayRole": "error"} 429 rate_limit_reached_error';
    const quoting = {
      messages: [{ id: 'm1', role: 'assistant', content: [{ text }], ts: 1795297866353 }],
    };
    assert.deepEqual(await messages().read(JSON.stringify(quoting)), []);
  });

  const lines: [fact: string, line: string][] = [
    [
      'a repetition of the same failure in the log',
      fixtureLines('cline/gave-up.log').find(line => line.includes('Agent run failed'))!,
    ],
    ['truncated JSON', fixtureLines('cline/failures.log')[0]!.slice(0, -1)],
    [
      'a record without an error',
      '{"time":"2026-11-21T21:51:06.344Z","msg":"[ai-sdk] stream error"}',
    ],
    [
      'a prompt that quotes the message',
      '{"time":"2026-11-21T21:51:06.344Z","msg":"prompt","err":{"message":"[ai-sdk] stream error"}}',
    ],
  ];
  for (const [fact, line] of lines) it(fact, () => assert.deepEqual(readLog(line), []));
});

describe('cline: places', () => {
  const cases: [
    env: Record<string, string>,
    platform: 'linux' | 'darwin' | 'win32',
    home: string,
    roots: string[],
  ][] = [
    [{}, 'linux', '/h', ['/h/.cline/data/logs', '/h/.cline/data/sessions', '/h/.cline/data']],
    [
      {},
      'darwin',
      '/Users/me',
      ['/Users/me/.cline/data/logs', '/Users/me/.cline/data/sessions', '/Users/me/.cline/data'],
    ],
    [
      {},
      'win32',
      'C:\\h',
      ['C:\\h\\.cline\\data\\logs', 'C:\\h\\.cline\\data\\sessions', 'C:\\h\\.cline\\data'],
    ],
    [{ CLINE_DIR: '/c' }, 'linux', '/h', ['/c/data/logs', '/c/data/sessions', '/c/data']],
    [{ CLINE_DIR: '/c', CLINE_DATA_DIR: '/d' }, 'linux', '/h', ['/d/logs', '/d/sessions', '/d']],
    [
      { CLINE_DATA_DIR: '/d', CLINE_SESSION_DATA_DIR: '/s' },
      'linux',
      '/h',
      ['/d/logs', '/s', '/d'],
    ],
    [
      { CLINE_LOG_PATH: '/var/log/c[1].log' },
      'linux',
      '/h',
      ['/var/log', '/h/.cline/data/sessions', '/h/.cline/data'],
    ],
  ];
  for (const [env, platform, home, roots] of cases)
    it(`${platform} ${JSON.stringify(env)}`, () =>
      assert.deepEqual(
        cline
          .sources({ home, tmp: '/tmp', platform, env })
          .slice(0, 3)
          .map(({ root }) => root),
        roots,
      ));

  it('a log with another name is only found by that name', () => {
    const env = { CLINE_LOG_PATH: '/var/log/c[1].log' };
    const [log] = cline.sources({ home: '/h', tmp: '/tmp', platform: 'linux', env });
    assert.ok(
      log?.files.test('c[1].log') && !log.files.test('c1.log') && !log.files.test('cline.log'),
    );
  });

  it('every record of a failure contains an anchor', () => {
    for (const line of fixtureLines('cline/failures.log'))
      assert.ok(
        cline.failureAnchors.some(anchor => line.slice(0, 400).includes(anchor)),
        line,
      );
  });
});
