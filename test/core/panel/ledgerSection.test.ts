import assert from 'node:assert/strict';
import type { LedgerGrouping } from '../../../src/core/ledger/ledger.ts';
import type { LedgerSection } from '../../../src/core/panel/ledgerSection.ts';
import { PanelSource } from '../../../src/core/panel/panelSource.ts';
import { SAMPLE_ORIGIN } from '../../../src/core/sample/sampleData.ts';
import { SampleRun } from '../../../src/core/sample/sampleRun.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { openMemoryArchive } from '../../support/memoryArchive.ts';
import { ENGLISH, NOW, snapshotOf, viewOf, WEEK } from '../../support/quotaViews.ts';

describe('the section "Where it went", of sample data', () => {
  let run: SampleRun;
  let source: PanelSource;

  before(async () => {
    const clock = new FakeClock(NOW);
    run = new SampleRun(clock, openMemoryArchive());
    await run.start();
    const view = viewOf({ ...snapshotOf([WEEK]), origin: SAMPLE_ORIGIN });
    source = new PanelSource({
      archive: run.archive,
      accounts: () => [{ account: { id: 'kimiCode' } as never, view }],
      activity: () => ({}),
      recent: () => [],
      facts: () => [],
      region: () => 'kimi.com',
      clock,
      locale: ENGLISH,
    });
  });
  after(() => run.dispose());

  const read = (by: LedgerGrouping, more = {}): Promise<LedgerSection> =>
    source.readLedger({ kind: 'ledger', window: 'week', by, ...more });

  it('has points of each agent, and what no agent explains', async () => {
    const { rows, summary, series } = await read('agent');
    assert.deepEqual(rows.map(({ cells }) => cells[0]).toSorted(), [
      'Claude Code',
      'Kimi Code',
      'OpenCode',
      'Unexplained',
    ]);
    assert.match(summary.join('\n'), /Agents on this machine: \d+ points/);
    assert.match(summary.join('\n'), /No agent on this machine explains \d+ points/);
    assert.match(summary.join('\n'), /Points per million tokens: /);
    assert.equal(series.at(-1)?.isUnexplained, true);
  });

  it('names the price of each class that is known, and no model that costs the same', async () => {
    const summary = (await read('agent', { window: '5h' })).summary.join('\n');
    assert.match(summary, /Points per million tokens: Input [\d.]+, /);
    assert.doesNotMatch(summary, /times as much/);
  });

  it('has a value and a text of each agent in each bar', async () => {
    const { bars, series } = await read('agent');
    for (const { values, words } of bars)
      assert.deepEqual([values.length, words.length], [series.length, series.length]);
  });

  const groups: [LedgerGrouping, RegExp][] = [
    ['model', /k3/],
    ['project', /web-shop/],
    ['session', /Claude Code ude-000/],
    ['day', /\d{4}-\d\d-\d\d/],
  ];
  for (const [by, name] of groups)
    it(`groups by ${by}`, async () => {
      const { rows, columns } = await read(by);
      assert.match(rows.map(({ cells }) => cells[0]).join(), name);
      for (const { cells, sortBy } of rows)
        assert.deepEqual([cells.length, sortBy.length], [columns.length, columns.length]);
    });

  it('shows the first window instead of one that the account lacks', async () => {
    const { windowId } = await read('agent', { window: 'year' });
    assert.equal(windowId, '5h');
  });

  it('shows the hours before an incident', async () => {
    const [incident] = await run.archive.readIncidents({ limit: 1 });
    const section = await read('agent', { window: '5h', incident: incident!.id });
    assert.notEqual(section.before, undefined);
  });
});
