// Walks one of the journeys that a reader of the code follows, and prints the files it ran through
// as JSON: `node test/house/journeys.ts NAME`. Each runs in a process of its own.
import { headlineFor } from '../support/headlines.ts';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Endpoint } from '../../src/core/accounts/endpoint.ts';
import { countFiles } from './coverage.ts';

const KEY = 'sk-kimi-journey-0123456789abcdef';
const USAGES = {
  usage: { limit: '100', used: '33', remaining: '67', resetTime: in_(5 * 24) },
  limits: [
    {
      window: { duration: 300, timeUnit: 'TIME_UNIT_MINUTE' },
      detail: { limit: '100', used: '16', remaining: '84', resetTime: in_(2) },
    },
  ],
  parallel: { limit: '10' },
};
const home = mkdtempSync(join(tmpdir(), 'kimi-quota-house-'));

function in_(hours: number): string {
  return new Date(Date.now() + hours * 3_600_000).toISOString();
}

/** What of the editor the journeys use: a text class, and a user who types a key. */
registerHooks({
  resolve: (request, context, next) =>
    request === 'vscode' ? { url: 'stub:vscode', shortCircuit: true } : next(request, context),
  load: (url, context, next) =>
    url === 'stub:vscode'
      ? {
          format: 'module',
          shortCircuit: true,
          source:
            'export class MarkdownString { constructor(value) { this.value = value; } }' +
            'export const commands = {}, env = {}, workspace = {}, Uri = {}, ProgressLocation = {}, ExtensionMode = {};' +
            'export const window = globalThis.stubWindow;',
        }
      : next(url, context),
});

Object.assign(globalThis, {
  stubWindow: {
    showInputBox: () => Promise.resolve(KEY),
    showInformationMessage: () => Promise.resolve(),
    showErrorMessage: (message: string) => console.error(message),
    showWarningMessage: (message: string) => console.error(message),
    withProgress: (_options: unknown, task: () => Promise<unknown>) => task(),
  },
});
const locale = { language: 'en', t: (await import('../../src/core/base/format.ts')).english };
const log = { trace() {}, debug() {}, info() {}, warn: console.error, error: console.error };

async function createArchive() {
  const { SqliteArchive } = await import('../../src/node/sqliteArchive.ts');
  const { SystemClock } = await import('../../src/node/systemClock.ts');
  const clock = new SystemClock();
  return { clock, archive: new SqliteArchive({ path: join(home, 'house.db'), clock, log }) };
}

/** A failed request in a log of Claude Code, until the status bar has its sentence. */
async function logLine(): Promise<string[]> {
  const folder = join(home, '.claude/projects/p');
  const file = join(folder, '11111111-1111-4111-8111-111111111111.jsonl');
  mkdirSync(folder, { recursive: true });
  process.env['HOME'] = home;
  const record = { timestamp: new Date().toISOString(), sessionId: 's', version: '2.1.330' };
  writeFileSync(file, `${JSON.stringify({ ...record, type: 'user', uuid: 'u0' })}\n`);
  const { AgentLogs } = await import('../../src/node/agentLogs.ts');
  const { ArchiveFollower } = await import('../../src/core/base/store.ts');
  const { IncidentStore } = await import('../../src/core/incidents/incidentStore.ts');
  const { isCurrent } = await import('../../src/core/incidents/incident.ts');
  const { statusText } = await import('../../src/core/status/statusText.ts');
  const { viewQuota } = await import('../../src/core/quota/quotaView.ts');
  const { archive, clock } = await createArchive();
  const follower = new ArchiveFollower(archive, clock, log);
  const incidents = new IncidentStore(archive, () => clock.now());
  const logs = new AgentLogs({
    archive,
    clock,
    log,
    isWatched: ({ id }) => id === 'claude-code',
    places: () => ({}),
    otherLogs: [],
  });
  logs.start();
  follower.start();
  await new Promise(resolve => setTimeout(resolve, 2500));
  const end = await countFiles();
  const text = new Promise<string>(resolve => {
    incidents.onDidChange(() => {
      const now = clock.now();
      const current = incidents.incidents.find(incident => isCurrent(incident, now));
      if (!current) return;
      const view = viewQuota({ access: 'key' }, now);
      const { short } = headlineFor(view, { incidents: [current], now });
      resolve(statusText(view, { side: 'remaining', density: 'full', locale, headline: short }));
    });
    follower.onDidChange(() => void incidents.follow());
  });
  const message =
    '429 {"error":{"type":"rate_limit_error","message":"We\'re receiving too many requests at the moment. Please wait a moment and try again."},"type":"error"}';
  const error = { status: 429, message, headers: {} };
  const failure = { ...record, type: 'system', subtype: 'api_error', uuid: 'u1', retryInMs: 500 };
  appendFileSync(file, `${JSON.stringify({ ...failure, error })}\n`);
  await text;
  return end();
}

/** Accounts on a host that always answers, and the key of its last request. */
async function createAccounts() {
  const { QuotaAccounts } = await import('../../src/core/quota/quotaAccounts.ts');
  const { QuotaEndpoint } = await import('../../src/node/quotaEndpoint.ts');
  const { accountsOf } = await import('../../src/core/accounts/endpoint.ts');
  const { parseBaseUrl } = await import('../../src/node/parseBaseUrl.ts');
  const { archive, clock } = await createArchive();
  const settings = { baseUrl: '', region: 'kimi.com', openPlatformBaseUrl: '' } as const;
  const headers = { 'content-type': 'application/json', date: new Date().toUTCString() };
  const seen = { authorization: '' };
  const createClient = (endpoint: Endpoint) =>
    new QuotaEndpoint({
      endpoint,
      userAgent: 'kimi-quota/0.0.0',
      now: () => clock.now(),
      fetch: async (_url, init) => {
        seen.authorization = new Headers(init.headers).get('authorization') ?? '';
        return new Response(JSON.stringify(USAGES), { headers });
      },
    });
  const accounts = new QuotaAccounts({
    accounts: accountsOf(settings, parseBaseUrl),
    archive,
    clock,
    log,
    random: Math.random,
    readKey: async origin =>
      origin === 'https://api.kimi.com' ? { kind: 'key', key: KEY } : { kind: 'none' },
    createClient,
  });
  return { accounts, clock, createClient, seen };
}

/** An answer of Kimi, until the tooltip has its table. */
async function usagesAnswer(): Promise<string[]> {
  const { quotaTooltip } = await import('../../src/vscode/quotaTooltip.ts');
  const { accounts } = await createAccounts();
  const end = await countFiles();
  await accounts.start(true);
  await accounts.ask();
  const now = Date.now();
  const views = accounts.views(now);
  const headline = headlineFor(views[0]!.view, { now });
  quotaTooltip(views, { locale, side: 'remaining', now, activity: {}, headline });
  return end();
}

/** A key that a person types, until it is in the header of a request. */
async function typedKey(): Promise<string[]> {
  const { setApiKey } = await import('../../src/vscode/apiKey.ts');
  const { KeyVault } = await import('../../src/vscode/keyVault.ts');
  const { accounts, clock, createClient, seen } = await createAccounts();
  const stored = new Map<string, string>();
  const secrets = {
    get: async (name: string) => stored.get(name),
    store: async (name: string, value: string) => void stored.set(name, value),
    onDidChange: () => ({ dispose: () => undefined }),
  };
  const vault = new KeyVault({ secrets, now: () => clock.now() } as never);
  const settings = () => ({ 'statusBar.show': 'remaining' });
  const context = { accounts: { current: accounts }, clock, createClient, locale, settings, vault };
  const end = await countFiles();
  await setApiKey(context as never);
  if (seen.authorization !== `Bearer ${KEY}`) throw new Error('The key did not arrive.');
  return end();
}

/** A click on an incident in the panel, until the page has its answer. */
async function panelClick(): Promise<string[]> {
  const { PanelSource } = await import('../../src/core/panel/panelSource.ts');
  const { PanelExchange } = await import('../../src/core/panel/panelExchange.ts');
  const { panelLabels } = await import('../../src/core/panel/panelLabels.ts');
  const { incidentOf } = await import('../support/incidents.ts');
  const { archive, clock } = await createArchive();
  const incident = incidentOf('i');
  await archive.saveIncidents([incident]);
  const source = new PanelSource({
    archive,
    accounts: () => [],
    activity: () => ({}),
    recent: () => [incident],
    facts: () => [],
    region: () => 'kimi.com',
    clock,
    locale,
  });
  let answered: () => void = () => undefined;
  const exchange = new PanelExchange({
    source,
    clock,
    log,
    labels: panelLabels(locale.t),
    isVisible: () => true,
    post: () => answered(),
    act: () => undefined,
  });
  const answer = (message: unknown) =>
    new Promise<void>(resolve => {
      answered = resolve;
      exchange.take(message);
    });
  await answer({ kind: 'ready', span: '24h' });
  const end = await countFiles();
  await answer({ kind: 'openIncident', id: incident.id });
  return end();
}

// The product's timers do not keep a process alive.
setInterval(() => undefined, 1000);
const journeys = { logLine, usagesAnswer, typedKey, panelClick };
const journey = journeys[process.argv[2] as keyof typeof journeys];
try {
  process.stdout.write(JSON.stringify(await journey()), () => process.exit(0));
} finally {
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
}
