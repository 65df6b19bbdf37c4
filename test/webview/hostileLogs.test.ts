import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Incident } from '../../src/core/incidents/incident.ts';
import { IncidentStore } from '../../src/core/incidents/incidentStore.ts';
import { isKimiPage } from '../../src/core/accounts/links.ts';
import { openMemoryArchive } from '../support/memoryArchive.ts';
import type { SqliteArchive } from '../../src/node/sqliteArchive.ts';
import { PanelExchange, type PanelRequest } from '../../src/core/panel/panelExchange.ts';
import { PanelSource } from '../../src/core/panel/panelSource.ts';
import { english } from '../../src/core/base/format.ts';
import { AgentLogs } from '../../src/node/agentLogs.ts';
import { SystemClock } from '../../src/node/systemClock.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { FakeLog } from '../support/fakeLog.ts';
import {
  isSeenIn,
  seeAll,
  type SeenIncident,
  writeHostileLogs,
} from '../support/hostile/hostileLogs.ts';
import { hostilePayloads } from '../support/hostile/payloads.ts';
import { startPanelBrowser, type PanelBrowser, type PanelPage } from './panelPage.ts';
import { sampleLabels } from './samplePanel.ts';

/** Number of wrappings per payload, the bare one first. */
const WRAPPERS = 4;

describe('hostile log text on the page of the dashboard', () => {
  const { HOME, USERPROFILE, KIMI_CODE_HOME } = process.env;
  const clock = new FakeClock(Date.now());
  const requests: PanelRequest[] = [];
  let home: string;
  let logs: AgentLogs;
  let incidents: readonly Incident[];
  let browser: PanelBrowser;
  let opening: Promise<PanelPage>;
  let panel: PanelPage;
  let exchange: PanelExchange;

  before(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), 'kimi-quota-hostile-'));
    Object.assign(process.env, { HOME: home, USERPROFILE: home });
    delete process.env['KIMI_CODE_HOME'];
    await writeHostileLogs(home, hostilePayloads);
    const archive = openMemoryArchive();
    const own = { archive, clock: new SystemClock(), log: new FakeLog() };
    const isWatched = ({ id }: { id: string }): boolean => id === 'kimi-code';
    logs = new AgentLogs({ ...own, isWatched, places: () => ({}), otherLogs: [] });
    logs.start();
    incidents = await allIncidents(archive);
    const store = new IncidentStore(archive, () => clock.now());
    await store.follow();
    browser = await startPanelBrowser();
    exchange = exchangeOf(archive, store);
    opening = browser.open(undefined, {
      hear: message => {
        exchange.take(message);
        // Time passes faster than the page gets changes.
        void clock.advance(250);
      },
    });
    panel = await opening;
    await panel.page.locator('.incident').first().waitFor();
    await panel.page.evaluate(`document.addEventListener('securitypolicyviolation', () =>
      (window.violations = (window.violations ?? 0) + 1))`);
  });
  after(async () => {
    exchange?.dispose();
    await browser?.close();
    logs?.dispose();
    for (const [name, value] of Object.entries({ HOME, USERPROFILE, KIMI_CODE_HOME })) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  });

  async function allIncidents(archive: SqliteArchive): Promise<readonly Incident[]> {
    for (let tries = 0; tries < 2400; tries++) {
      const found = await archive.readIncidents();
      if (found.length === hostilePayloads.length) return found;
      await new Promise(resolve => setTimeout(resolve, 50));
    }
    assert.fail(`${(await archive.readIncidents()).length} incidents`);
  }

  function exchangeOf(archive: SqliteArchive, store: IncidentStore): PanelExchange {
    const source = new PanelSource({
      archive,
      accounts: () => [],
      activity: () => ({}),
      recent: () => store.incidents,
      facts: () => [],
      region: () => 'kimi.com',
      clock,
      locale: { language: 'en', t: english },
    });
    return new PanelExchange({
      source,
      clock,
      log: new FakeLog(),
      labels: sampleLabels,
      isVisible: () => true,
      // The page may send a message before the test has it.
      post: message => void opening.then(page => page.send(message)),
      act: request => requests.push(request),
    });
  }

  it('is read, explained and shown as plain text, each as an incident', async () => {
    await panel.page.getByRole('button', { name: 'showAll' }).click();
    const seen = await panel.page.evaluate<SeenIncident[]>(seeAll({ pressesLinks: true }));
    assert.equal(seen.length, hostilePayloads.length);
    const texts = new Map(seen.map(({ id, original }) => [id, original]));
    for (const { id, example } of incidents) {
      const index = Number(example.signal.session.split('_')[1]);
      const payload = hostilePayloads[index - (index % WRAPPERS)]!;
      const shown = texts.get(id) ?? '';
      assert.equal(shown, example.signal.text);
      assert.ok(
        isSeenIn(shown, payload),
        `${JSON.stringify(payload)} is shown as ${JSON.stringify(shown)}`,
      );
    }
    assert.deepEqual(
      seen.filter(({ foreign }) => foreign > 0),
      [],
    );
    assert.deepEqual(
      seen.flatMap(({ hrefs }) => hrefs).filter(href => !isKimiPage(href)),
      [],
    );
  });

  it('runs, loads and opens nothing', async () => {
    assert.equal(await panel.page.evaluate('window.executed'), undefined);
    assert.equal(await panel.page.evaluate('window.violations'), undefined);
    assert.deepEqual(panel.requests, []);
    assert.equal(panel.page.url(), 'https://panel.invalid/');
    assert.equal(panel.page.context().pages().length, 1);
    assert.equal(panel.page.frames().length, 1);
  });

  it('runs no command: the page reports only what was pressed', () => {
    const kinds = panel.sent.map(({ kind }) => kind);
    assert.deepEqual([...new Set(kinds)].toSorted(), [
      'ledger',
      'openIncident',
      'openLink',
      'ready',
    ]);
    const pressed = kinds.filter(kind => kind === 'openIncident').length;
    assert.equal(pressed, hostilePayloads.length);
    assert.ok(requests.length > 0);
    for (const request of requests)
      assert.ok(request.kind === 'openLink' && isKimiPage(request.url), JSON.stringify(request));
  });

  it('would run and load if the page used it as HTML: the counts can fail', async () => {
    const { ran, requests: asked } = await asHtml(
      await browser.open(undefined, { isUnguarded: true }),
    );
    assert.ok(ran >= 20, `${ran} payloads ran`);
    assert.ok(
      asked.some(url => url.startsWith('https://evil.example')),
      asked.join(),
    );
  });

  it('would run and load nothing even then, because of the content security policy', async () => {
    const { ran, requests: asked, violations } = await asHtml(await browser.open());
    assert.equal(ran, 0);
    assert.deepEqual(asked, []);
    assert.ok(violations > 20, `${violations} were refused`);
  });
});

/** What a page with this mistake does with the text. */
async function asHtml({ page, requests }: PanelPage) {
  const marked = hostilePayloads
    // These would navigate away before the others are counted.
    .filter(payload => !payload.includes('http-equiv=refresh'))
    .map((payload, index) =>
      payload.replaceAll(/(?:window|parent)\.executed=1/g, `top.ran[${index}]=1`),
    );
  await page.evaluate(`
    window.ran = {};
    window.violations = 0;
    document.addEventListener('securitypolicyviolation', () => violations++);
    for (const html of ${JSON.stringify(marked)}) {
      const place = document.createElement('div');
      document.body.append(place);
      place.innerHTML = html;
    }`);
  // Everything has run once a later request was blocked or has failed.
  await page.evaluate(`new Promise(resolve => {
    const image = new Image();
    image.onerror = () => setTimeout(resolve, 100);
    image.src = 'https://last.example/x.png';
  })`);
  const asked = requests.filter(url => !url.startsWith('https://last.example'));
  const ran = await page.evaluate<number>('Object.keys(ran).length');
  const violations = await page.evaluate<number>('violations');
  await page.context().close();
  return { ran, requests: asked, violations };
}
