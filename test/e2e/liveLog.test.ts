import assert from 'node:assert/strict';
import { appendFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openWorkbench, type Workbench } from '../editor/workbench.ts';
import { startKimiService, type KimiService } from '../support/kimiService/kimiService.ts';

const SESSION =
  '.kimi-code/sessions/wd_demo-app_0a1b2c3d4e5f/session_00000000-0000-4000-8000-000000000001';
const WORDS =
  "We're receiving too many requests at the moment. Please wait a moment and try again.";

describe('an agent at work, with the installed readers of logs', () => {
  let kimi: KimiService;
  let home: string;
  let workbench: Workbench;

  before(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), 'kimi-quota-live-'));
    kimi = await startKimiService();
    workbench = await openWorkbench({
      extension: 'source',
      env: { KIMI_API_KEY: kimi.key, KIMI_CODE_BASE_URL: kimi.baseUrl, HOME: home },
    });
    await workbench.statusItem('quota').getByText('5h 84%').waitFor();
  });
  after(async () => {
    await workbench.close();
    await kimi.close();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  });

  /** Points again and again until the tooltip says it: nobody promises at which moment it will. */
  async function tooltipSays(words: RegExp): Promise<string> {
    for (const until = Date.now() + 60_000; ;) {
      const text = await workbench
        .hoverTooltip(workbench.statusItem('quota'))
        .then(shown => shown.innerText())
        // A tooltip whose words change is closed, perhaps just now.
        .catch(() => '');
      if (words.test(text) || Date.now() > until) return text;
    }
  }

  /** Appends to a file of the session as Kimi Code does, making its folders. */
  async function append(file: string, ...lines: string[]): Promise<void> {
    const target = path.join(home, SESSION, file);
    await mkdir(path.dirname(target), { recursive: true });
    await appendFile(target, lines.map(line => `${line}\n`).join(''));
  }

  it('is seen: its requests in flight stand in the tooltip, against what the plan allows', async () => {
    const time = Date.now();
    for (const agent of ['main', 'agent-0']) {
      const request = { type: 'llm.request', agentId: agent, kind: 'loop', turnStep: '0.1', time };
      await append(
        `agents/${agent}/wire.jsonl`,
        JSON.stringify({ type: 'metadata', protocol_version: '1.5', created_at: time }),
        JSON.stringify({ ...request, model: 'kimi-for-coding', modelAlias: 'kimi-code/k' }),
      );
    }
    const text = await tooltipSays(/Running here: at least 2/);
    assert.match(text, /Running here: at least 2 of 20 \(Kimi Code 2\)\./);
    await workbench.screenshot('in-flight');
  });

  it('is explained in its own words when a request fails, and Kimi is asked once more', async () => {
    const readsBefore = kimi.requests.length;
    kimi.account.windows.fiveHour.usedPercent = 40;
    const at = new Date().toISOString();
    await append(
      'logs/kimi-code.log',
      `${at} WARN  llm request failed  turnStep=0.1 model=kimi-code/k errorName=APIProviderRateLimitError errorMessage="429 ${WORDS}" statusCode=429`,
    );
    const text = await tooltipSays(/Last failed request/);
    assert.match(text, /Last failed request: Kimi Code, just now: 429 We're receiving too many/);
    await workbench.screenshot('last-failure');
    // A minute after the first read at the earliest, if that was so short ago.
    assert.ok(kimi.requests.length - readsBefore <= 1);
  });

  it('is explained: what it most likely was, when to try again and what to do', async () => {
    const at = new Date().toISOString();
    const words =
      "You've reached your concurrent request limit. Please wait for your ongoing requests to finish and try again.";
    await append(
      'logs/kimi-code.log',
      `${at} WARN  llm request failed  turnStep=0.1 model=kimi-code/k errorName=APIProviderRateLimitError errorMessage="403 ${words}" statusCode=403`,
    );
    await workbench
      .statusItem('quota')
      .getByText(/concurrency/)
      .waitFor();
    await workbench.screenshot('incident-glance');
    const text = await tooltipSays(/Too many requests at once/);
    assert.match(text, /Too many requests at once/);
    assert.match(text, /Explain Last Error/);
    await workbench.screenshot('incident-tooltip');
  });

  it('is explained in the panel on demand', async () => {
    await workbench.palette('Kimi Quota: Explain Last Error');
    await workbench
      .webviewFrame()
      .getByText(/^Probably too many requests at once/)
      .waitFor();
    await workbench.screenshot('incident-panel');
  });
});
