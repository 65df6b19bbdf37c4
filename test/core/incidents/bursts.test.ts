import assert from 'node:assert/strict';
import {
  answer,
  bookOf,
  burst,
  fail,
  fold,
  many,
  SECOND,
  START,
  type Step,
  WORDS,
} from '../../support/bursts.ts';

describe('IncidentBook: known bursts are one incident each', () => {
  const claude = {
    agent: 'claude-code',
    evidence: { hasKimiWords: true, product: 'kimi-code' },
  } as const;
  const qwen = { agent: 'qwen-code', evidence: { host: 'api.moonshot.cn' } } as const;
  const rounds = [2, 3, 6, 15, 30, 60, 2, 3];
  const bursts: [fact: string, steps: Step[], expected: string][] = [
    ['Kimi Code, 10 attempts', burst([0.8, 1.3, 2.5, 5, 10, 19, 36, 36, 36]), '10 gaveUp'],
    [
      'Claude Code, 11 attempts',
      burst([0.8, 1.3, 2.5, 5, 9, 18, 37, 38, 37, 38], claude),
      '11 gaveUp',
    ],
    ['OpenCode, 6 attempts', burst([2.5, 4.5, 9.5, 18, 36], { agent: 'opencode' }), '6 gaveUp'],
    [
      'Codex, one attempt that it gives up',
      [fail(0, { agent: 'codex', isFinal: true })],
      '1 gaveUp',
    ],
    ['Cline, 6 attempts', burst([2, 4, 8, 16, 32], { agent: 'cline' }), '6 gaveUp'],
    [
      'OpenClaw, 10 attempts',
      burst([1.5, 2, 5, 9, 22, 30, 30, 30, 30], { agent: 'openclaw' }),
      '10 gaveUp',
    ],
    [
      'Qwen Code, rounds of four with a minute of silence',
      burst(rounds, { ...qwen, attemptCount: 4, isFinal: false }),
      '36 over',
    ],
  ];
  for (const [fact, steps, expected] of bursts)
    it(fact, () => assert.deepEqual(fold(steps), [`rate_limited_ambiguous ${expected}`]));

  it('OpenCode, 61 overflows with compactions between them', () => {
    const loop = many(61, i => [
      fail(i * 1.7, { status: 400, text: WORDS.context, agent: 'opencode' }),
      answer(i * 1.7 + 0.5, { agent: 'opencode', isSideRequest: i % 2 === 0 }),
    ]).flat();
    assert.deepEqual(fold(loop.slice(0, -1)), ['context_length 61 over']);
  });

  it('7 sub-agents, and another agent of the same account', () => {
    const steps = [
      ...many(7, i => fail(i / 10, { subagent: `agent-${i}`, text: WORDS.concurrency })),
      fail(3, { agent: 'opencode', session: 'b', text: WORDS.concurrency }),
    ];
    const [{ facts } = assert.fail()] = bookOf(steps).takeChanged(START + 5 * SECOND);
    assert.deepEqual([facts.count, facts.placeCount, facts.state], [8, 8, 'running']);
    assert.deepEqual(facts.places[7], { agent: 'opencode', session: 'b', count: 1 });
  });
});
