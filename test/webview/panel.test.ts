import assert from 'node:assert/strict';
import { hostilePayloads } from '../support/hostile/payloads.ts';
import { startPanelBrowser, themes, type PanelBrowser, type PanelPage } from './panelPage.ts';
import { sampleDetail, sampleLabels, samplePanel } from './samplePanel.ts';

const MINUTE_MS = 60_000;

describe('the page of the dashboard', () => {
  let browser: PanelBrowser;
  let opened: PanelPage[] = [];

  before(async () => {
    browser = await startPanelBrowser();
  });
  afterEach(async () => {
    await Promise.all(opened.map(({ page }) => page.context().close()));
    opened = [];
  });
  after(() => browser.close());

  async function open(theme?: (typeof themes)[number], state = samplePanel()): Promise<PanelPage> {
    const panel = await browser.open(theme);
    opened.push(panel);
    await panel.send({ kind: 'state', state, labels: sampleLabels });
    await panel.page.locator('h1').first().waitFor();
    return panel;
  }

  const showDetail = async (panel: PanelPage, change = {}): Promise<void> => {
    const detail = sampleDetail(change);
    await panel.send({ kind: 'change', change: { detail } });
    await panel.page.locator('.cause').waitFor();
  };

  for (const theme of themes)
    it(`has no accessibility violations in ${theme}`, async () => {
      const panel = await open(theme);
      assert.deepEqual(await panel.accessibilityFaults(), []);
      await panel.page.getByRole('button', { name: 'showAsTable' }).click();
      assert.deepEqual(await panel.accessibilityFaults(), []);
      await showDetail(panel, { retryAt: Date.now() + MINUTE_MS });
      assert.deepEqual(await panel.accessibilityFaults(), []);
    });

  it('sends ready, and waits for the whole state before it applies a change', async () => {
    const panel = await browser.open();
    opened.push(panel);
    await panel.send({ kind: 'change', change: { notice: 'too early' } });
    await panel.send({ kind: 'state', state: samplePanel(), labels: sampleLabels });
    await panel.page.getByText('84% left').waitFor();
    assert.deepEqual(panel.sent, [{ kind: 'ready', span: '24h' }]);
  });

  it('redraws only what changed, and keeps the focus', async () => {
    const panel = await open();
    const row = panel.page.getByRole('button', { name: /^Weekly quota used up/ });
    await row.focus();
    await panel.page.evaluate("document.querySelector('.account').dataset.mark = 'kept'");
    const { incidents } = samplePanel();
    const rows = incidents.rows.map(it => ({ ...it, state: 'ended now' }));
    await panel.send({ kind: 'change', change: { incidents: { ...incidents, rows } } });
    await panel.page.getByText('ended now').first().waitFor();
    assert.equal(await panel.page.locator('[data-mark=kept]').count(), 1);
    assert.ok(await row.evaluate(it => it.ownerDocument.activeElement === it));
  });

  it('supports the keyboard everywhere: spans, table, filters, incident, back', async () => {
    const panel = await open();
    const { page } = panel;
    const focused = (): Promise<string> =>
      page.evaluate('document.activeElement.dataset.key ?? ""');
    const stops: string[] = [];
    for (let index = 0; index < 30; index++) {
      await page.keyboard.press('Tab');
      stops.push(await focused());
    }
    for (const stop of [
      'span 24h',
      'span 7d',
      'asTable',
      'chart',
      'mark one',
      'filterAgent',
      'filterOpen',
      'incident one',
      'incident two',
    ])
      assert.ok(stops.includes(stop), `Tab reaches ${stop}`);
    await page.locator('[data-key="incident two"]').focus();
    await page.keyboard.press('Enter');
    assert.deepEqual(panel.sent.at(-1), { kind: 'openIncident', id: 'two' });
    await showDetail(panel, { id: 'two' });
    assert.equal(await focused(), 'detail');
    await page.locator('[data-key=back]').focus();
    await page.keyboard.press('Enter');
    assert.deepEqual(panel.sent.at(-1), { kind: 'openIncident' });
    await panel.send({ kind: 'change', change: { detail: null } });
    await page.getByRole('heading', { name: 'Kimi Quota' }).waitFor();
    assert.equal(await focused(), 'incident two');
  });

  it('moves along the chart with arrow keys and shows the values', async () => {
    const { page } = await open();
    await page.locator('[data-key=chart]').focus();
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowLeft');
    await page.getByText(/^11:53 · 5-hour quota \d+% · Week \d+%$/).waitFor();
  });

  it('follows the pointer along a redrawn chart', async () => {
    const panel = await open();
    await panel.page.locator('[data-key=chart]').focus();
    const { history } = samplePanel();
    await panel.send({ kind: 'change', change: { history: { ...history, span: '7d' } } });
    await panel.page.locator('[aria-pressed=true]', { hasText: 'span7d' }).waitFor();
    await panel.page.keyboard.press('End');
    await panel.page.keyboard.press('ArrowLeft');
    await panel.page.getByText(/^11:53 · 5-hour quota/).waitFor();
  });

  it('shows the chart as a table, with unknown values', async () => {
    const { page } = await open();
    await page.getByRole('button', { name: 'showAsTable' }).click();
    const rows = await page.locator('.scrolled tbody tr').allInnerTexts();
    assert.match(rows[0] ?? '', /^12:00\t\d+%\t20%$/);
    assert.ok(rows.some(row => row.includes('unknown')));
  });

  it('filters incidents by agent, by cause, or ongoing only', async () => {
    const { page } = await open();
    const titles = (): Promise<string[]> => page.locator('.incident-title').allInnerTexts();
    await page.getByLabel('filterAgent').selectOption('Claude Code');
    assert.deepEqual(await titles(), ['Weekly quota used up']);
    await page.getByLabel('filterCause').selectOption('concurrency');
    assert.deepEqual(await titles(), []);
    await page.getByText('noneMatch').waitFor();
    await page.getByLabel('filterAgent').selectOption('');
    await page.getByLabel('filterOpen').check();
    assert.deepEqual(await titles(), ['Too many parallel requests']);
  });

  it('draws the newest of many incidents, and all on request', async () => {
    const { incidents } = samplePanel();
    const rows = Array.from({ length: 200 }, (_, index) => ({
      ...incidents.rows[1]!,
      id: `many ${index}`,
      title: `Incident ${index}`,
    }));
    const { page } = await open(undefined, samplePanel({ incidents: { ...incidents, rows } }));
    assert.equal(await page.locator('.incident').count(), 60);
    await page.getByRole('button', { name: 'showAll' }).click();
    assert.equal(await page.locator('.incident').count(), 200);
    assert.equal(await page.getByRole('button', { name: 'showAll' }).count(), 0);
  });

  it('remembers selections across a window reload', async () => {
    const panel = await open();
    await panel.page.getByRole('button', { name: 'span7d' }).click();
    await panel.page.getByLabel('filterAgent').selectOption('Claude Code');
    await showDetail(panel, { id: 'two' });
    const before = panel.sent.length;
    await panel.reload();
    assert.deepEqual(panel.sent.slice(before), [{ kind: 'ready', span: '7d', id: 'two' }]);
  });

  it('counts down each second, and announces only minutes to screen readers', async () => {
    const panel = await browser.open();
    opened.push(panel);
    const { page } = panel;
    await page.clock.install({ time: 0 });
    await panel.reload();
    await panel.send({ kind: 'state', state: samplePanel(), labels: sampleLabels });
    await showDetail(panel, { retryAt: 6.5 * MINUTE_MS });
    await page.evaluate(`window.announced = [];
      new MutationObserver(() => announced.push(document.querySelector('[role=status].spoken').textContent))
        .observe(document.querySelector('[role=status].spoken'), { childList: true });`);
    await page.clock.runFor(2 * MINUTE_MS);
    assert.match(await page.locator('.countdown').innerText(), /^retryIn 4:(?:[012]\d|30)$/);
    await page.clock.runFor(5 * MINUTE_MS);
    assert.equal(await page.locator('.countdown').innerText(), 'retryNow');
    const announced = await page.evaluate<string[]>('announced');
    assert.equal(announced.length, 6, announced.join());
    assert.equal(announced.at(-1), 'retryNow');
  });

  it('keeps the selection and an open table across updates', async () => {
    const panel = await open();
    const { page } = panel;
    await showDetail(panel);
    await page.locator('summary').click();
    await page.locator('.original').selectText();
    await showDetail(panel, {
      when: 'today 12:01',
      evidence: ['66% of the weekly quota is left.'],
    });
    await page.getByText('66% of the weekly quota is left.').waitFor();
    assert.equal(await page.evaluate('getSelection().toString()'), sampleDetail().original);
    assert.ok(await page.getByRole('row', { name: '12:00:02 5 0 10' }).isVisible());
    await showDetail(panel, {
      course: [{ time: '12:07:00', failed: 1, succeeded: 2, inFlight: 3 }],
    });
    assert.ok(await page.getByRole('row', { name: '12:07:00 1 2 3' }).isVisible());
  });

  it('shows the start, end and legend of a timeline', async () => {
    const panel = await open();
    await showDetail(panel);
    assert.equal(await panel.page.locator('.slice-times').innerText(), '12:00:00\n12:00:04');
    assert.deepEqual(await panel.page.locator('.detail .legend span').allInnerTexts(), [
      'failed 8',
      'succeeded 6',
    ]);
  });

  it('fits at 200% without a horizontal scroll bar', async () => {
    const panel = await open();
    await panel.page.setViewportSize({ width: 450, height: 800 });
    assert.ok(await panel.page.evaluate('document.documentElement.scrollWidth <= 450'));
    await showDetail(panel, { original: 'x'.repeat(4000) });
    assert.ok(await panel.page.evaluate('document.documentElement.scrollWidth <= 450'));
  });

  it('runs, loads and opens nothing from hostile text', async () => {
    const panel = await open();
    await panel.page.evaluate('window.executed = 0');
    for (const payload of hostilePayloads) {
      const { incidents, history } = samplePanel();
      const rows = [{ ...incidents.rows[0]!, title: payload, agents: [payload], state: payload }];
      await panel.send({
        kind: 'change',
        change: {
          incidents: { ...incidents, rows, agents: [payload] },
          history: { ...history, incidents: [{ id: payload, at: history.to, title: payload }] },
        },
      });
      await showDetail(panel, {
        title: payload,
        original: payload,
        evidence: [payload],
        steps: [{ text: payload, link: { label: payload, url: payload } }],
      });
    }
    const before = panel.sent.length;
    await panel.page.locator('.steps a').click();
    assert.equal(await panel.page.evaluate('window.executed'), 0);
    assert.deepEqual(panel.requests, []);
    assert.deepEqual(
      panel.sent.slice(before).map(({ kind }) => kind),
      ['openLink'],
    );
    assert.equal(panel.page.url(), 'https://panel.invalid/');
  });
});
