import assert from 'node:assert/strict';
import { hostilePayloads } from '../support/hostile/payloads.ts';
import { startPanelBrowser, themes, type PanelBrowser, type PanelPage } from './panelPage.ts';
import { sampleDetail, sampleLabels, samplePanel } from './samplePanel.ts';

const MINUTE_MS = 60_000;

const waiting = (retryAt: number) => ({ tone: 'spent', ended: '', text: 'Wait.', retryAt });

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
      await showDetail(panel, { now: waiting(Date.now() + MINUTE_MS) });
      assert.deepEqual(await panel.accessibilityFaults(), []);
    });

  it('sends ready, and waits for the whole state before it applies a change', async () => {
    const panel = await browser.open();
    opened.push(panel);
    await panel.send({ kind: 'change', change: { notice: 'too early' } });
    await panel.send({ kind: 'state', state: samplePanel(), labels: sampleLabels });
    await panel.page.getByText('84% left').waitFor();
    assert.deepEqual(panel.sent[0], { kind: 'ready', span: '24h' });
  });

  it('redraws only what changed, and keeps the focus', async () => {
    const panel = await open();
    const row = panel.page.getByRole('button', { name: /^Weekly quota used up/ });
    await row.focus();
    await panel.page.evaluate("document.querySelector('.banner').dataset.mark = 'kept'");
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
    for (let index = 0; index < 40; index++) {
      await page.keyboard.press('Tab');
      stops.push(await focused());
    }
    for (const stop of [
      'span 24h',
      'span 7d',
      'asTable',
      'chart',
      'mark one',
      'refresh',
      'account moonshot.ai',
      'copy banner',
      'cause week',
      'filterOpen',
      'filterAgent Claude Code',
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
    await page.getByRole('heading', { name: 'Kimi Code', exact: true }).waitFor();
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

  it('shows the chart as a table without empty rows, with a dash for no value', async () => {
    const { history } = samplePanel();
    const [first, second] = history.series;
    const gap = second!.values.map((value, index) => (index > 90 && index < 150 ? null : value));
    const series = [first!, { ...second!, values: gap }];
    const { page } = await open(undefined, samplePanel({ history: { ...history, series } }));
    await page.getByRole('button', { name: 'showAsTable' }).click();
    const rows = await page.locator('.scrolled tbody tr').allInnerTexts();
    assert.match(rows[0] ?? '', /^12:00\t\d+%\t20%$/);
    assert.ok(rows.some(row => /\d%\t–$/.test(row)));
    assert.ok(!rows.some(row => /–\t–$/.test(row)));
  });

  it('filters incidents by agent, by cause, or ongoing only', async () => {
    const { page } = await open();
    const titles = (): Promise<string[]> => page.locator('.incident-title').allInnerTexts();
    const press = (name: string | RegExp): Promise<void> =>
      page.getByRole('button', { name, exact: true }).click();
    await press('Claude Code');
    assert.deepEqual(await titles(), ['Weekly quota used up']);
    await press(/^concurrency 41/);
    assert.deepEqual(await titles(), []);
    await page.getByText('noneMatch').waitFor();
    await press('all');
    await press('filterOpen 1');
    assert.deepEqual(await titles(), ['Too many parallel requests']);
  });

  it('selects an account, copies a fix, and runs the actions of the banner', async () => {
    const panel = await open();
    const { page } = panel;
    const before = panel.sent.length;
    await page.getByRole('button', { name: 'Open Platform · $49.58' }).click();
    await page.locator('[data-key="copy banner"]').click();
    await page.getByRole('button', { name: 'copied' }).waitFor();
    await page.getByRole('button', { name: 'Why?' }).click();
    await page.getByRole('button', { name: 'Open Log' }).click();
    await page.getByRole('button', { name: 'refresh' }).click();
    assert.deepEqual(panel.sent.slice(before), [
      { kind: 'account', id: 'moonshot.ai' },
      { kind: 'copy', text: 'KIMI_CODE_AGENT_SWARM_MAX_CONCURRENCY=8' },
      { kind: 'openIncident', id: 'one' },
      { kind: 'openLog', id: 'one' },
      { kind: 'command', command: 'refresh' },
    ]);
  });

  it('draws a square for each parallel slot, by agent, and those beyond the limit apart', async () => {
    const { page } = await open();
    const squares = page.locator('.squares i');
    assert.deepEqual(await squares.evaluateAll(all => all.map(it => it.className)), [
      'agent-0',
      'agent-0',
      'agent-0',
      'agent-0',
      'agent-1',
      'over',
    ]);
  });

  it('shows the focus ring of each incident whole', async () => {
    const { page } = await open();
    await page.locator('[data-key="incident one"]').focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Shift+Tab');
    const [style, offset] = await page.evaluate<string[]>(
      `(style => [style.outlineStyle, style.outlineOffset])(getComputedStyle(document.activeElement))`,
    );
    // The rows clip what is drawn outside them.
    assert.deepEqual([style, offset], ['solid', '-2px']);
  });

  it('is a narrow view with banner, cards and recent incidents', async () => {
    const panel = await browser.open(undefined, { isView: true });
    opened.push(panel);
    await panel.page.setViewportSize({ width: 300, height: 900 });
    await panel.send({ kind: 'state', state: samplePanel(), labels: sampleLabels });
    await panel.page.locator('.incident').first().waitFor();
    assert.equal(await panel.page.locator('.chart').count(), 0);
    assert.ok(await panel.page.evaluate('document.documentElement.scrollWidth <= 300'));
    assert.deepEqual(await panel.accessibilityFaults(), []);
    await panel.page.getByRole('button', { name: 'openDashboard' }).click();
    assert.deepEqual(panel.sent.at(-1), { kind: 'command', command: 'openPanel' });
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
    await panel.page.getByRole('button', { name: 'Open Platform' }).click();
    await showDetail(panel, { id: 'two' });
    const before = panel.sent.length;
    await panel.reload();
    assert.deepEqual(panel.sent.slice(before), [
      { kind: 'ready', span: '7d', account: 'moonshot.ai' },
    ]);
  });

  it('counts down each second, and announces only minutes to screen readers', async () => {
    const panel = await browser.open();
    opened.push(panel);
    const { page } = panel;
    await page.clock.install({ time: 0 });
    await panel.reload();
    await panel.send({ kind: 'state', state: samplePanel(), labels: sampleLabels });
    await showDetail(panel, { now: waiting(6.5 * MINUTE_MS) });
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
    await page.locator('.numbers summary').click();
    await page.locator('.original').selectText();
    await showDetail(panel, {
      when: 'today 12:01',
      reasons: [{ source: '', text: '66% of the weekly quota is left.' }],
    });
    await page.getByText('66% of the weekly quota is left.').waitFor();
    assert.equal(await page.evaluate('getSelection().toString()'), sampleDetail().original);
    assert.ok(await page.getByRole('row', { name: '12:00:02 5 0 10' }).isVisible());
    const { course } = sampleDetail();
    await showDetail(panel, {
      course: [...course, { time: '12:07:00', failed: 1, succeeded: 2, inFlight: 3 }],
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

  it('has no timeline for fewer than three slices, and more reasons on request', async () => {
    const panel = await open();
    await showDetail(panel, { course: sampleDetail().course.slice(1) });
    assert.equal(await panel.page.locator('.course').count(), 0);
    const weakest = panel.page.getByText('HTTP 429.');
    assert.equal(await weakest.isVisible(), false);
    await panel.page.locator('.more summary').click();
    assert.ok(await weakest.isVisible());
  });

  it('keeps what is true now apart from what happened', async () => {
    const panel = await open();
    const now = { tone: 'spent', ended: 'This incident ended 19:47.', text: 'Quota used up' };
    await showDetail(panel, { now, stepsLabel: 'nextTime' });
    const banner = panel.page.locator('.detail .banner');
    assert.match(await banner.innerText(), /^This incident ended 19:47\.\s+now\s+Quota used up$/);
    // What helps then, not now.
    const heading = (name: string): Promise<number> =>
      panel.page.getByRole('heading', { name, exact: true }).count();
    assert.deepEqual([await heading('whatToDo'), await heading('nextTime')], [0, 1]);
  });

  for (const width of [1280, 640, 320])
    it(`has no accessibility violations at ${width} pixels (100, 200 and 400% zoom)`, async () => {
      for (const theme of themes) {
        const panel = await open(theme);
        await panel.page.setViewportSize({ width, height: 800 });
        assert.deepEqual(await panel.accessibilityFaults(), [], theme);
        assert.ok(
          await panel.page.evaluate(`document.documentElement.scrollWidth <= ${width}`),
          theme,
        );
      }
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
      const rows = [
        {
          ...incidents.rows[0]!,
          title: payload,
          agents: [payload],
          state: payload,
          day: payload,
          spoken: payload,
        },
      ];
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
        reasons: [{ source: payload, text: payload }],
        quota: payload,
        steps: [{ text: payload, action: { kind: 'link', label: payload, url: payload } }],
      });
    }
    const before = panel.sent.length;
    await panel.page.locator('.steps button').first().click();
    assert.equal(await panel.page.evaluate('window.executed'), 0);
    assert.deepEqual(panel.requests, []);
    assert.deepEqual(
      panel.sent.slice(before).map(({ kind }) => kind),
      ['openLink'],
    );
    assert.equal(panel.page.url(), 'https://panel.invalid/');
  });
});
