import assert from 'node:assert/strict';
import { attribute } from '../../../src/core/agents/attribution.ts';
import { droid } from '../../../src/core/agents/droid.ts';
import type { Signal } from '../../../src/core/agents/signal.ts';
import { failed, fixtureLines, readAs, readRestarting } from '../../support/agentLogs.ts';
import { failuresOf } from '../../support/realLogs.ts';

const PATH = '/h/.factory/logs/droid-log-single.log';
const read = (...lines: string[]) => readAs(droid, PATH, lines);
const lines = fixtureLines('droid/log.log');
const seen = (signals: readonly Signal[]) =>
  failuresOf(signals).map(({ status, text, isFinal, session, evidence, agentVersion }) => [
    status,
    text.slice(0, 24),
    isFinal,
    session.slice(-2),
    evidence.providerId,
    agentVersion,
  ]);
const EXPECTED = [
  [429, 'Your account org-…<ak-…b', undefined, '23', 'custom:Kimi-0', '0.215.0'],
  [403, "You've reached your 5-ho", true, '25', 'custom:Kimi-0', '0.215.0'],
];

const SDK = 'at makeRequest (../../node_modules/openai/client.mjs:332:30)';
const tags = { sessionId: 's1', version: '0.215.0', modelId: 'custom:Kimi-0', isByok: 'true' };
const line = (second: number, title: string, context: object) =>
  `[2026-11-30T19:40:${String(second).padStart(2, '0')}.000Z] WARN: ${title} | Context: ${JSON.stringify({ tags, ...context })}`;
const attempt = (second: number, answer?: string) =>
  line(second, '[useLLMStreaming] LLM error', { attempt: 1, upstreamRequestId: answer });
const block = (second: number, message: string, stack = SDK): string[] => [
  `[2026-11-30T19:40:${String(second).padStart(2, '0')}.000Z] WARN: Retry attempt failed`,
  'Caused by:',
  `Error: ${message}`,
  `    ${stack} | Context: ${JSON.stringify({ cause: { message, stack: `Error: ${message}\n${stack}` }, tags })}`,
];
const gaveUp = (second: number, message: string, answer?: string, stack = SDK) =>
  line(second, '[Chat route failure]', {
    sessionId: 's1',
    upstreamRequestId: answer,
    error: { message, stack },
  });

describe('droid: failures', () => {
  it('each attempt once; errors of Factory’s own servers and repeats are none', () =>
    assert.deepEqual(seen(read(...lines)), EXPECTED));

  it('the same where each line is read after a restart', () => {
    const file = { relativePath: 'droid-log-single.log', format: 'log' };
    assert.deepEqual(seen(readRestarting(droid, file, lines).signals), EXPECTED);
  });

  it('lines with an anchor are enough', () => {
    const some = lines.filter(text => droid.failureAnchors.some(anchor => text.includes(anchor)));
    assert.ok(some.length < lines.length);
    assert.deepEqual(seen(read(...some)), EXPECTED);
  });

  const cases: [fact: string, lines: string[], expected: [number | undefined, string, true?][]][] =
    [
      [
        'the last attempt repeats the answer of one that was reported',
        [attempt(1, 'r1'), ...block(1, '429 slow'), attempt(5, 'r2'), gaveUp(6, '429 slow', 'r2')],
        [
          [429, 'slow'],
          [429, 'slow', true],
        ],
      ],
      [
        'the last attempt has an answer of its own',
        [attempt(1, 'r1'), ...block(1, '429 slow'), gaveUp(2, '429 slow', 'r2')],
        [
          [429, 'slow'],
          [429, 'slow', true],
        ],
      ],
      [
        'cut connections have no answer',
        [
          attempt(1),
          ...block(1, 'Connection error.'),
          attempt(5),
          ...block(5, 'Connection error.'),
          gaveUp(5, 'Connection error.'),
        ],
        [
          [undefined, 'Connection error.'],
          [undefined, 'Connection error.', true],
        ],
      ],
      [
        'an attempt whose words are lost',
        [
          attempt(1, 'r1'),
          ...block(1, 'Unable to connect', 'at src/services/CloudSyncService.ts:196'),
        ],
        [[undefined, '']],
      ],
      [
        'words go to the attempt before them, not to one whose words are lost',
        [attempt(1), attempt(9, 'r2'), ...block(9, '429 slow')],
        [
          [undefined, ''],
          [429, 'slow'],
        ],
      ],
      ['a request without a record of its attempt', block(1, '529 busy'), [[529, 'busy']]],
      ['Factory’s servers', block(1, '403 no', 'at src/services/CloudSyncService.ts:196'), []],
      ['the user stopped it', [gaveUp(1, 'Aborted', undefined, 'at x')], []],
    ];
  for (const [fact, texts, expected] of cases)
    it(fact, () =>
      assert.deepEqual(
        failuresOf(read(...texts)).map(({ status, text, isFinal }) => [
          status,
          text,
          ...(isFinal ? [isFinal] : []),
        ]),
        expected,
      ),
    );

  it('without a model of one’s own it is Factory’s account', () => {
    const own = attempt(1).replace('"isByok":"true"', '"isByok":"false"');
    assert.deepEqual(
      failed(read(own)).map(it => attribute(it).provider),
      ['other'],
    );
  });

  it('words that only quote a record are none', () => {
    const quote = '[2026-11-30T19:40:01.000Z] INFO: said [Chat route failure] 429';
    assert.deepEqual(read(quote, `${quote} | Context: {broken`, '429 | Context: {}'), []);
  });
});

describe('droid: sessions', () => {
  const SESSION = 'f0fff73a-1e95-4608-92d2-201cac7568fb';
  const path = `/h/.factory/sessions/-w-app/${SESSION}.jsonl`;
  const shown = (text: string, more: object = { visibility: 'user_only' }) =>
    JSON.stringify({
      type: 'message',
      id: '67317e9f',
      timestamp: '2026-11-30T19:38:28.836Z',
      message: { role: 'user', content: [{ type: 'text', text }], ...more },
    });
  const QUOTA = "You've reached your 5-hour usage limit. Your quota will reset later.";
  const session = readAs(droid, path, [
    shown(`BYOK Error: 403 ${QUOTA}\n\nUpstream error: ${QUOTA}\n\nIf this persists, verify it.`),
  ]);

  it('have the last failure, also where the log is late or missing', () =>
    assert.deepEqual(
      failed(session).map(it => [it.status, it.text, it.isFinal, it.session]),
      [[403, QUOTA, true, SESSION]],
    ));

  it('and the log report the same failure once, in either order', () => {
    const log = read(
      `[2026-11-30T19:38:28.826Z] WARN: [Chat route failure] | Context: ${JSON.stringify({
        sessionId: SESSION,
        reason: 'forbidden',
        error: { message: `403 ${QUOTA}` },
        tags: { isByok: 'true' },
      })}`,
    );
    for (const signals of [
      [...session, ...log],
      [...log, ...session],
    ])
      assert.equal(failuresOf(signals).length, 1);
  });

  for (const [fact, line] of [
    ['a prompt', shown(`BYOK Error: 403 ${QUOTA}`, {})],
    ['another note of droid', shown('Session compacted. BYOK Error: 403')],
    ['no JSON', 'BYOK Error: 403'],
  ] as const)
    it(`${fact} is no failure`, () => assert.deepEqual(readAs(droid, path, [line]), []));
});

describe('droid: requests', () => {
  it('starts, and ends with tokens', () =>
    assert.deepEqual(
      read(...lines).flatMap(signal =>
        signal.kind === 'requestFailed' || ('failure' in signal && signal.failure)
          ? []
          : [[signal.kind, signal.kind === 'requestEnded' ? signal.inputTokens : undefined]],
      ),
      [
        ['requestStarted', undefined],
        ['requestEnded', 8599],
        ['requestStarted', undefined],
      ],
    ));
});

describe('droid: places', () => {
  for (const [platform, home, root] of [
    ['linux', '/h', '/h/.factory/logs'],
    ['darwin', '/Users/me', '/Users/me/.factory/logs'],
    ['win32', 'C:\\h', 'C:\\h\\.factory\\logs'],
  ] as const)
    it(platform, () => {
      const [log, session] = droid.sources({ home, tmp: '/tmp', platform, env: {} });
      assert.equal(log?.root, root);
      assert.equal(session?.root, root.replace('logs', 'sessions'));
      assert.deepEqual(
        ['-w-app/f0.jsonl', '-w-app/f0.settings.json', 'a/b/f0.jsonl'].map(it =>
          session.files.test(it),
        ),
        [true, false, false],
      );
      assert.deepEqual(
        ['droid-log-single.log', 'droid-log-single.log.1', 'console.log'].map(it =>
          log.files.test(it),
        ),
        [true, true, false],
      );
    });
});
