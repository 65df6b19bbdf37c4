import assert from 'node:assert/strict';
import { judge } from '../../../src/core/incidents/judge.ts';
import { evidenceSentence } from '../../../src/core/explain/evidenceWords.ts';
import type { BurstShape } from '../../../src/core/incidents/verdict.ts';
import type { OtherMachine } from '../../../src/core/quota/team.ts';
import { teamOf } from '../../support/team.ts';
import { ENGLISH } from '../../support/quotaViews.ts';
import { AT_ONCE, inputOf, ROOM, TOO_MANY } from '../../support/verdictInputs.ts';

const shapeOf = (inFlightPeak: number): BurstShape => ({
  inFlightPeak,
  inFlightThreads: inFlightPeak,
  inFlightAgents: [{ agent: 'claude-code', count: inFlightPeak }],
  successesDuring: 1,
  requestsLastMinute: 10,
});

describe('a verdict with the numbers of other machines', () => {
  const cases: [title: string, own: number, elsewhere: number | undefined, cause: string][] = [
    ['others have most of the slots', 3, 7, 'foreign_concurrency'],
    ['this machine has most of the slots', 7, 3, 'own_concurrency'],
    ['this machine has all slots', 10, 0, 'own_concurrency'],
  ];
  for (const [title, own, elsewhere, cause] of cases)
    it(`is ${cause}: ${title}`, () => {
      const others = teamOf([{ machine: 'ci-box', inFlight: elsewhere ?? 0 }]);
      const input = inputOf(TOO_MANY, { after: ROOM, shape: shapeOf(own), others });
      assert.equal(judge(input).cause, cause);
    });

  it('names the machine and its requests as evidence', () => {
    const others = teamOf([
      { machine: 'ci-box', inFlight: 7 },
      { machine: 'idle', inFlight: 0 },
    ]);
    const { evidence } = judge(inputOf(AT_ONCE, { after: ROOM, shape: shapeOf(3), others }));
    const found = evidence.find(({ kind }) => kind === 'otherMachines');
    assert.deepEqual(found && 'machines' in found && found.machines, [
      { machine: 'ci-box', inFlight: 7 },
    ]);
  });

  it('names the three busiest machines, and the limit if it is known', () => {
    const inFlight = { a: 1, b: 4, c: 0.4, d: 2, e: 3 };
    const others = teamOf(
      Object.entries(inFlight).map(([machine, count]) => ({ machine, inFlight: count })),
    );
    const found = (limit?: number) =>
      judge(
        inputOf(AT_ONCE, {
          after: ROOM,
          others,
          ...(limit === undefined ? {} : { fields: { limit } }),
        }),
      ).evidence.find(({ kind }) => kind === 'otherMachines');
    const named = found(12);
    assert.ok(named?.kind === 'otherMachines');
    assert.deepEqual(
      named.machines.map(({ machine }) => machine),
      ['b', 'e', 'd'],
    );
    assert.equal(named.limit, 12);
  });

  it('sends to the busiest machine when others have the slots', () => {
    const others = teamOf([
      { machine: 'small', inFlight: 1 },
      { machine: 'big', inFlight: 8 },
    ]);
    const { cause, steps } = judge(inputOf(TOO_MANY, { after: ROOM, shape: shapeOf(1), others }));
    assert.equal(cause, 'foreign_concurrency');
    assert.equal(steps.find(({ id }) => id === 'findOtherUser')?.machine, 'big');
  });

  it('names none if others had nothing in flight', () => {
    const others = teamOf([{ machine: 'idle', inFlight: 0 }]);
    const { evidence } = judge(inputOf(AT_ONCE, { after: ROOM, shape: shapeOf(3), others }));
    assert.ok(evidence.every(({ kind }) => kind !== 'otherMachines'));
  });
});

describe('a limit per minute or day with the numbers of other machines', () => {
  const RATES: [text: string, rate: object, who: RegExp][] = [
    [
      'request reached organization max RPM: 20, please try again after 1 seconds',
      { requestsLastMinute: 400 },
      /other machines sent 400 requests in the minute before \(ci-box 400\)/,
    ],
    [
      'request reached organization TPM rate limit, current: 500000, limit: 500000',
      { tokensLastMinute: 4_000_000 },
      /other machines used 4,000,000 tokens in the minute before \(ci-box 4,000,000\)/,
    ],
    [
      'request reached organization TPD rate limit, current: 1500000, limit: 1500000',
      { tokensLastDay: 1_400_000 },
      /other machines used 1,400,000 tokens in the last 24 hours \(ci-box 1,400,000\)/,
    ],
  ];
  const rated = (text: string, machines: readonly OtherMachine[]) =>
    judge(
      inputOf(text, {
        provider: 'open-platform',
        shape: { ...shapeOf(1), tokensLastMinute: 9000 },
        use: { agents: [], tokensLastDay: 100_000 },
        others: teamOf(machines),
      }),
    );
  for (const [text, rate, who] of RATES) {
    it(`names the machine that sent most: ${text}`, () => {
      const verdict = rated(text, [
        { machine: 'ci-box', inFlight: 1, ...rate },
        { machine: 'idle', inFlight: 0 },
      ]);
      const sentences = verdict.evidence.map(one => evidenceSentence(one, 0, ENGLISH));
      assert.match(sentences.join('\n'), who);
      assert.deepEqual(
        verdict.steps.find(({ id }) => id === 'findOtherUser'),
        { id: 'findOtherUser', agent: 'kimi-code', machine: 'ci-box' },
      );
    });

    it(`names none if this machine sent most: ${text}`, () =>
      assert.ok(
        rated(text, [{ machine: 'ci-box', inFlight: 1, requestsLastMinute: 1 }]).steps.every(
          ({ machine }) => machine === undefined,
        ),
      ));
  }

  const own: [limit: string, text: string, rate: object, own: object][] = [
    ['a minute', RATES[0]![0], { requestsLastMinute: 50 }, { requestsLastMinute: 50 }],
    ['a minute in tokens', RATES[1]![0], { tokensLastMinute: 9000 }, { tokensLastMinute: 9000 }],
    ['a day', RATES[2]![0], { tokensLastDay: 100_000 }, {}],
  ];
  for (const [limit, text, rate, shape] of own)
    for (const [who, more, machine] of [
      ['none if another machine sent as much', 0, undefined],
      ['the other machine if it sent more', 1, 'ci-box'],
    ] as const)
      it(`of ${limit}: names ${who}`, () => {
        const theirs = Object.fromEntries(
          Object.entries(rate as Record<string, number>).map(([name, count]) => [
            name,
            count + more,
          ]),
        );
        const { steps } = judge(
          inputOf(text, {
            provider: 'open-platform',
            shape: { ...shapeOf(1), ...shape },
            use: { agents: [], tokensLastDay: 100_000 },
            others: teamOf([{ machine: 'ci-box', inFlight: 1, ...theirs }]),
          }),
        );
        assert.equal(steps.find(({ id }) => id === 'findOtherUser')?.machine, machine);
      });

  it('is reached by all machines together where the text is ambiguous', () => {
    const together = (tokensLastMinute: number) =>
      judge(
        inputOf(TOO_MANY, {
          provider: 'open-platform',
          shape: { ...shapeOf(1), tokensLastMinute: 100_000 },
          others: teamOf([{ machine: 'ci-box', inFlight: 1, tokensLastMinute }]),
        }),
      ).cause;
    assert.equal(together(600_000), 'tpm');
    assert.notEqual(together(0), 'tpm');
  });
});
