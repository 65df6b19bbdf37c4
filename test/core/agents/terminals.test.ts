import assert from 'node:assert/strict';
import { attribute } from '../../../src/core/agents/attribution.ts';
import { FailureJoiner } from '../../../src/core/agents/failureJoiner.ts';
import type { RequestFailed } from '../../../src/core/agents/signal.ts';
import type { TerminalError } from '../../../src/core/agents/terminalError.ts';
import { terminals } from '../../../src/core/agents/terminals.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const WORDS = "We're receiving too many requests at the moment. Please wait a moment.";

function read(text: string): RequestFailed[] {
  const reader = terminals.createReader({ relativePath: 'errors.jsonl', format: 'terminal' });
  return reader.read({ text, byteOffset: 0, isWhole: true }) as RequestFailed[];
}
const seen = (more: Partial<TerminalError> = {}): RequestFailed[] =>
  read(JSON.stringify({ at: NOW, agent: 'kimi-code', status: 429, text: WORDS, ...more }));
const logged = (more: Partial<RequestFailed> = {}): RequestFailed => ({
  kind: 'requestFailed',
  at: NOW,
  agent: 'kimi-code',
  session: 's',
  evidence: {},
  contentKey: 'log',
  status: 429,
  text: WORDS,
  ...more,
});

describe('terminals', () => {
  it('are read only if the user turned it on', () => {
    const here = { home: '/h', tmp: '/tmp', platform: 'linux', env: {} } as const;
    assert.deepEqual(terminals.sources(here), []);
    const [source] = terminals.sources({ ...here, terminalErrors: '/s/terminals' });
    assert.equal(source?.root, '/s/terminals');
    for (const [file, isRead] of [
      ['errors.jsonl', true],
      ['errors.old.jsonl', true],
      ['errors.jsonl.bak', false],
    ] as const)
      assert.equal(source.files.test(file), isRead, file);
  });

  it('report a failure of the agent that wrote Kimi’s error text', () => {
    const [failure] = seen();
    assert.deepEqual(
      [failure?.agent, failure?.at, failure?.status, failure?.text],
      ['kimi-code', NOW, 429, WORDS],
    );
    assert.equal(attribute(failure!).provider, 'kimi-code');
    assert.ok(terminals.failureAnchors.some(it => JSON.stringify({ agent: 'x' }).includes(it)));
  });

  const none = [
    '',
    '{',
    '{}',
    '{"at":"x","agent":"kimi-code","text":""}',
    '{"at":1,"agent":"x","text":""}',
  ];
  for (const line of none) it(`report nothing for ${line}`, () => assert.deepEqual(read(line), []));

  const cases: [fact: string, signals: RequestFailed[], keys: number][] = [
    ['without a log it counts', seen(), 1],
    ['after the log it does not count', [logged(), ...seen({ at: NOW + 800 })], 1],
    ['before the log it does not count', [...seen({ at: NOW + 800 }), logged()], 1],
    [
      'truncated by a narrow window it is the same',
      [logged(), ...seen({ text: WORDS.slice(0, 40) })],
      1,
    ],
    [
      'with a countdown after it is the same',
      [logged(), ...seen({ text: `${WORDS} · Retrying in 3 s` })],
      1,
    ],
    ['`kimi` may be the other program of that name', [logged({ agent: 'kimi-cli' }), ...seen()], 1],
    ['another agent is another failure', [logged({ agent: 'codex' }), ...seen()], 2],
    ['another error text is another failure', [logged({ text: 'Overloaded' }), ...seen()], 2],
    ['a minute later it is another failure', [logged(), ...seen({ at: NOW + 60_000 })], 2],
  ];
  for (const [fact, signals, count] of cases)
    it(`next to the agent's log: ${fact}`, () => {
      const joiner = new FailureJoiner();
      const failures = signals.flatMap(signal => joiner.join([signal]));
      assert.equal(new Set(failures.map(({ contentKey }) => contentKey)).size, count);
    });
});
