import assert from 'node:assert/strict';
import { SILENT_MS } from '../../../src/core/quota/team.ts';
import { loadTeam, saveTeam } from '../../../src/core/quota/teamRows.ts';
import { parseTeamAnswer, teamQuery } from '../../../src/core/team/teamReading.ts';
import { openMemoryArchive } from '../../support/memoryArchive.ts';
import { teamOf } from '../../support/team.ts';

const NOW = Date.UTC(2026, 10, 30, 12);
const OWN = [{ account: 'acme', machine: 'laptop', provider: 'kimi-code' as const }];
const ASKER = { own: OWN, at: NOW };

type Labels = Readonly<Record<string, string>>;

/** A response of an engine: the rows are of one account unless their labels name another. */
const answerOf = (...rows: [metric: string, value: string, labels: Labels][]) => ({
  status: 'success',
  data: {
    resultType: 'vector',
    result: rows.map(([metric, value, labels]) => ({
      metric: { account: 'acme', metric, ...labels },
      value: [NOW / 1000, value],
    })),
  },
});

const on = (machine: string): Labels => ({ machine });

describe('the numbers of the other machines', () => {
  it('are read by machine, the busiest first, with the sums of all', () =>
    assert.deepEqual(
      parseTeamAnswer(
        answerOf(
          ['inFlight', '1', on('server')],
          ['inFlight', '7', on('ci-box')],
          ['tokensLastMinute', '123.4', on('ci-box')],
          ['failing', '1', { machine: 'server', cause: 'tpm' }],
          ['cost', '5000', { machine: 'ci-box', window: '5h' }],
          ['age', '4.5', on('ci-box')],
          ['inFlight', '0', on('idle')],
        ),
        ASKER,
      )?.accounts,
      [
        {
          provider: 'kimi-code',
          totals: { count: 3, inFlight: 8, tokensLastMinute: 123.4 },
          machines: [
            {
              machine: 'ci-box',
              inFlight: 7,
              tokensLastMinute: 123.4,
              costs: [{ windowId: '5h', cost: 5000 }],
              ageMs: 4500,
            },
            { machine: 'idle', inFlight: 0 },
            { machine: 'server', inFlight: 1, failing: ['tpm'] },
          ].sort((a, b) => b.inFlight - a.inFlight),
          silent: [],
        },
      ],
    ));

  it('have the sums of all machines of a team that is too large to list', () => {
    const body = answerOf(
      ['inFlight', '7', on('ci-box')],
      ['total inFlight', '90', {}],
      ['total count', '120', {}],
    );
    const { totals } = parseTeamAnswer(body, ASKER)!.accounts[0]!;
    assert.deepEqual(totals, { count: 120, inFlight: 90 });
  });

  it('keep what a short query leaves out, and nothing that it asks for', () => {
    const whole = answerOf(
      ['inFlight', '7', on('ci-box')],
      ['tokensLastMinute', '500', on('ci-box')],
      ['failing', '1', { machine: 'ci-box', cause: 'tpm' }],
      ['age', '3', on('ci-box')],
      ['age', '100', on('desk')],
    );
    const before = parseTeamAnswer(whole, ASKER)!;
    const short = answerOf(['inFlight', '2', on('ci-box')]);
    assert.deepEqual(parseTeamAnswer(short, { ...ASKER, before })?.accounts[0], {
      provider: 'kimi-code',
      totals: { count: 1, inFlight: 2, tokensLastMinute: 500 },
      machines: [{ machine: 'ci-box', inFlight: 2, tokensLastMinute: 500, ageMs: 3000 }],
      silent: [{ machine: 'desk', ageMs: 100_000 }],
    });
  });

  it('have no age of a machine whose clock is wrong', () => {
    for (const age of ['-3600', '86400'])
      assert.deepEqual(
        parseTeamAnswer(
          answerOf(['inFlight', '0', on('ci-box')], ['age', age, on('ci-box')]),
          ASKER,
        )?.accounts[0],
        teamOf([{ machine: 'ci-box', inFlight: 0 }], { totals: { count: 1, inFlight: 0 } }),
      );
  });

  it('list a machine that left as silent, and do not count it', () =>
    assert.deepEqual(parseTeamAnswer(answerOf(['age', '180', on('ci-box')]), ASKER)?.accounts[0], {
      provider: 'kimi-code',
      totals: { count: 0, inFlight: 0 },
      machines: [],
      silent: [{ machine: 'ci-box', ageMs: 180_000 }],
    }));

  it('keep the accounts of this machine apart', () => {
    const own = [
      ...OWN,
      { account: 'acme-platform', machine: 'laptop', provider: 'open-platform' },
    ];
    const body = answerOf(
      ['inFlight', '7', on('ci-box')],
      ['inFlight', '2', { account: 'acme-platform', machine: 'ci-box' }],
      ['inFlight', '9', { account: 'somebody', machine: 'ci-box' }],
    );
    const { accounts } = parseTeamAnswer(body, { own: own as typeof OWN, at: NOW })!;
    assert.deepEqual(
      accounts.map(({ provider, machines }) => [provider, machines[0]?.inFlight]),
      [
        ['kimi-code', 7],
        ['open-platform', 2],
      ],
    );
  });

  it('show that another machine has the name of this one', () => {
    const sentAt = new Set([NOW - 30_000, NOW - 15_000]);
    const body = (at: number) => answerOf(['own', String(at / 1000), on('laptop')]);
    const isTaken = (at: number) => parseTeamAnswer(body(at), { ...ASKER, sentAt })?.isNameTaken;
    assert.equal(isTaken(NOW - 15_000), undefined);
    assert.equal(isTaken(NOW - 20_000), true);
    // From before this machine's first report: its own, of an earlier start.
    assert.equal(isTaken(NOW - 60_000), undefined);
  });

  const broken: [string, unknown][] = [
    ['an error', { status: 'error', error: 'parse error' }],
    ['a page', undefined],
    ['a matrix', { status: 'success', data: { result: [{ metric: {}, values: [] }] } }],
  ];
  for (const [title, body] of broken)
    it(`are unknown after ${title}`, () => assert.equal(parseTeamAnswer(body, ASKER), undefined));

  it('lose a name that could hide something, and a number that is none', () =>
    assert.deepEqual(
      parseTeamAnswer(
        answerOf(
          ['inFlight', '7', on('sk-kimi-aaaaaaaaaaaaaaaa')],
          ['inFlight', 'NaN', on('ci-box')],
          ['inFlight', '2', on('<img src=x>')],
        ),
        ASKER,
      )?.accounts[0]?.machines,
      [{ machine: 'img src x', inFlight: 2 }],
    ));

  it('are asked for by account, without the own machine', () => {
    const own = [{ account: 'acme|.*', machine: 'lap"top', provider: 'kimi-code' as const }];
    const text = teamQuery(own, { isWhole: true, isLarge: true });
    assert.ok(text.includes('account=~"acme..."'));
    assert.ok(text.includes('machine!="lap\\"top"'));
  });

  it('count for a minute', async () => {
    const archive = openMemoryArchive();
    const reading = { at: NOW, accounts: [teamOf([{ machine: 'ci-box', inFlight: 7 }])] };
    await saveTeam(archive, { reading, faults: {} }, NOW);
    assert.deepEqual(await loadTeam(archive, NOW + SILENT_MS), { reading, faults: {} });
    assert.deepEqual(await loadTeam(archive, NOW + SILENT_MS + 1), { faults: {} });
    archive.dispose();
  });
});
