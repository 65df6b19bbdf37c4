import assert from 'node:assert/strict';
import type { LedgerSection } from '../../src/core/panel/ledgerSection.ts';
import { hostilePayloads } from '../support/hostile/payloads.ts';
import { startPanelBrowser, themes, type PanelBrowser, type PanelPage } from './panelPage.ts';
import { sampleLabels, samplePanel } from './samplePanel.ts';

const row = (name: string, points: number): LedgerSection['rows'][number] => ({
  cells: [name, String(points)],
  sortBy: [name, points],
});

const section: LedgerSection = {
  title: 'Where it went',
  windows: [
    { id: '5h', name: '5-hour quota' },
    { id: 'week', name: 'Weekly quota' },
  ],
  windowId: 'week',
  groupings: [
    { id: 'agent', name: 'Agent' },
    { id: 'project', name: 'Project' },
  ],
  by: 'agent',
  summary: ['33% of the weekly quota used.'],
  series: [
    { name: 'Codex', isUnexplained: false },
    { name: 'Unexplained', isUnexplained: true },
  ],
  bars: [
    { time: 'Monday', values: [2, 0], words: ['2 points', '0 points'] },
    { time: 'Tuesday', values: [3, 4], words: ['3 points', '4 points'] },
  ],
  columns: ['Agent', 'Points'],
  rows: [row('Codex', 5), row('Kimi Code', 9)],
  labels: {
    window: 'Quota',
    groupBy: 'Group by',
    chart: 'Chart',
    table: 'Table',
    asTable: 'Show as table',
    asChart: 'Show as chart',
    now: 'Show Now',
    time: 'Time',
  },
};

describe('the section "Where it went" in the page', () => {
  let browser: PanelBrowser;
  let panel: PanelPage;

  before(async () => {
    browser = await startPanelBrowser();
  });
  after(() => browser.close());
  afterEach(() => panel.page.context().close());

  async function open(change: Partial<LedgerSection> = {}, theme = themes[0]!): Promise<void> {
    panel = await browser.open(theme);
    await panel.send({ kind: 'state', state: samplePanel(), labels: sampleLabels });
    await panel.send({ kind: 'ledger', section: { ...section, ...change }, isAsked: false });
    await panel.page.locator('.ledger h2').getByText('Where it went').waitFor();
  }

  for (const theme of themes)
    it(`has no accessibility violations in ${theme}`, async () => {
      await open({}, theme);
      assert.deepEqual(await panel.accessibilityFaults(), []);
    });

  it('has a table and no chart of a balance', async () => {
    await open({
      windows: [{ id: 'balance', name: 'Balance' }],
      windowId: 'balance',
      ...{ series: [], bars: [], columns: ['Agent', 'Money'] },
    });
    await panel.page.getByRole('table', { name: 'Table' }).waitFor();
    assert.equal(await panel.page.locator('.ledger-chart').count(), 0);
    assert.deepEqual(await panel.accessibilityFaults(), []);
  });

  it('asks when the page has its state, and when a choice is pressed', async () => {
    await open();
    await panel.page.getByRole('button', { name: 'Project' }).click();
    assert.deepEqual(
      panel.sent.filter(({ kind }) => kind === 'ledger'),
      [
        { kind: 'ledger', window: 'week', by: 'agent' },
        { kind: 'ledger', window: 'week', by: 'project' },
      ],
    );
  });

  it('sorts by a column, and back', async () => {
    await open();
    const names = () => panel.page.locator('.ledger-table tbody th').allTextContents();
    assert.deepEqual(await names(), ['Kimi Code', 'Codex']);
    await panel.page.getByRole('button', { name: 'Points' }).click();
    assert.deepEqual(await names(), ['Codex', 'Kimi Code']);
  });

  it('reads out a bar that the arrow keys reach', async () => {
    await open();
    await panel.page.locator('.ledger-chart').focus();
    await panel.page.keyboard.press('ArrowLeft');
    const readout = panel.page.locator('.ledger .readout');
    assert.equal(await readout.textContent(), 'Tuesday · Codex: 3 points · Unexplained: 4 points');
    await panel.page.keyboard.press('Home');
    assert.equal(await readout.textContent(), 'Monday · Codex: 2 points');
  });

  it('has the chart as a table', async () => {
    await open();
    await panel.page.locator('.ledger').getByRole('button', { name: 'Show as table' }).click();
    const twin = panel.page.locator('.ledger table').first();
    assert.deepEqual(await twin.locator('tbody tr').first().locator('th, td').allTextContents(), [
      'Tuesday',
      '3 points',
      '4 points',
    ]);
  });

  it('shows names of projects as text, whatever they contain', async () => {
    await open({ rows: hostilePayloads.map(payload => row(payload, 1)) });
    assert.equal(
      await panel.page.locator('.ledger-table tbody tr').count(),
      hostilePayloads.length,
    );
    assert.deepEqual(panel.requests, []);
  });
});
