import assert from 'node:assert/strict';
import { AGENT_RUNS } from '../../agents/agentRuns.ts';
import type { Observation } from '../../agents/observe.ts';
import { driftsOf, rowOf, withRow } from '../../agents/report.ts';

const none: Observation = {
  rejected: 0,
  answered: 1,
  seen: 0,
  right: 0,
  categorized: 0,
  withTokens: 1,
  states: [],
  latenciesMs: [],
  output: '',
};
const two = { ...none, rejected: 2, seen: 2, right: 2, categorized: 2, states: ['recovered'] };
const one = { ...none, rejected: 1, answered: 0, seen: 1, right: 1, categorized: 1 };
const [plain = assert.fail()] = AGENT_RUNS.filter(({ id }) => id === 'kimi-code');
const [losing = assert.fail()] = AGENT_RUNS.filter(({ id }) => id === 'cline');

describe('npm run agents: drifts', () => {
  const cases: [fact: string, seen: Observation[], run: typeof plain, expected: string[]][] = [
    ['none where all is seen', [none, two, one], plain, []],
    [
      'a missing failure',
      [none, { ...two, seen: 1, right: 1, categorized: 1 }, one],
      plain,
      ['Rate limited twice: 1 failures of 2'],
    ],
    [
      'a missing failure that the agent is known to lose is none',
      [none, { ...two, seen: 0, right: 0, categorized: 0 }, one],
      losing,
      [],
    ],
    [
      'more failures than requests, whatever the agent loses',
      [none, { ...two, seen: 3, right: 3, categorized: 3 }, one],
      losing,
      ['Rate limited twice: 3 failures of 2'],
    ],
    [
      'a wrong category',
      [none, two, { ...one, right: 0 }],
      plain,
      ['Quota used up: 0 of 1 categories are right'],
    ],
    [
      'an agent that does not reach the mock',
      [{ ...none, answered: 0 }, two, one],
      plain,
      ['Answered: it sent no request'],
    ],
  ];
  for (const [fact, seen, run, expected] of cases)
    it(fact, () => assert.deepEqual(driftsOf(run, seen), expected));
});

describe('npm run agents: the table', () => {
  const rowFor = (run: typeof plain, version: string) =>
    rowOf({ run, version, seen: [none, two, one], drifts: [], date: new Date(0) });
  const empty = 'a\n<!-- Table of `npm run agents`. -->\n<!-- End of the table. -->\nb\n';

  it('has one row of each agent, the newest, in alphabetical order', () => {
    const rows = [rowFor(plain, '1.0'), rowFor(losing, '2.0'), rowFor(plain, '1.1')];
    const lines = rows.reduce(withRow, empty).split('\n');
    assert.deepEqual(
      lines.filter(line => /^\| [a-z]/.test(line)).map(line => line.split(' | ').slice(0, 2)),
      [
        ['| cline', '2.0'],
        ['| kimi-code', '1.1'],
      ],
    );
    assert.deepEqual([lines[0], lines.at(-2)], ['a', 'b']);
  });
});
