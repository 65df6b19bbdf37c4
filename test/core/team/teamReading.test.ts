import assert from 'node:assert/strict';
import { loadTeam, saveTeamReading, SILENT_MS } from '../../../src/core/incidents/team.ts';
import { parseTeamAnswer, teamQuery } from '../../../src/core/team/teamReading.ts';
import { openMemoryArchive } from '../../support/memoryArchive.ts';

const NOW = Date.UTC(2026, 10, 30, 12);
const OWN = [{ account: 'acme', machine: 'laptop', provider: 'kimi-code' as const }];

const answerOf = (...rows: [machine: string, metric: string, value: string][]) => ({
  status: 'success',
  data: {
    resultType: 'vector',
    result: rows.map(([machine, metric, value]) => ({
      metric: { account: 'acme', machine, metric },
      value: [NOW / 1000, value],
    })),
  },
});

describe('the numbers of the other machines', () => {
  it('are read by machine, the busiest first', () =>
    assert.deepEqual(
      parseTeamAnswer(
        answerOf(
          ['server', 'kimi_quota_requests_in_flight', '1'],
          ['ci-box', 'kimi_quota_requests_in_flight', '7'],
          ['ci-box', 'kimi_quota_tokens_total', '123.4'],
        ),
        OWN,
        NOW,
      )?.accounts[0]?.machines,
      [
        { machine: 'ci-box', inFlight: 7, tokensLastMinute: 123.4 },
        { machine: 'server', inFlight: 1 },
      ],
    ));

  const broken: [string, unknown][] = [
    ['an error', { status: 'error', error: 'parse error' }],
    ['a page', undefined],
    ['a matrix', { status: 'success', data: { result: [{ metric: {}, values: [] }] } }],
  ];
  for (const [title, body] of broken)
    it(`are unknown after ${title}`, () =>
      assert.equal(parseTeamAnswer(body, OWN, NOW), undefined));

  it('lose a name that could hide something, and a number that is none', () =>
    assert.deepEqual(
      parseTeamAnswer(
        answerOf(
          ['sk-kimi-aaaaaaaaaaaaaaaa', 'kimi_quota_requests_in_flight', '7'],
          ['ci-box', 'kimi_quota_requests_in_flight', 'NaN'],
          ['<img src=x>', 'kimi_quota_requests_in_flight', '2'],
        ),
        OWN,
        NOW,
      )?.accounts[0]?.machines,
      [{ machine: 'img src x', inFlight: 2 }],
    ));

  it('are asked for by account, without the own machine', () => {
    const text = teamQuery([{ account: 'acme|.*', machine: 'lap"top', provider: 'kimi-code' }]);
    assert.ok(text.includes('account=~"acme..."'));
    assert.ok(text.includes('machine!="lap\\"top"'));
  });

  it('count for a minute', async () => {
    const archive = openMemoryArchive();
    const machines = [{ machine: 'ci-box', inFlight: 7 }];
    await saveTeamReading(archive, { at: NOW, accounts: [{ provider: 'kimi-code', machines }] });
    assert.deepEqual([...(await loadTeam(archive, NOW + SILENT_MS))], [['kimi-code', machines]]);
    assert.deepEqual([...(await loadTeam(archive, NOW + SILENT_MS + 1))], []);
    archive.dispose();
  });
});
