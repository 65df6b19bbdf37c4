// The packaged extension in a process without an editor: activates it, waits for its first look at
// the logs, disposes of it, and ends by itself. Reports to its parent.
import { registerHooks } from 'node:module';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { editor } from '../support/vscode/fakeEditor.ts';
import * as fake from '../support/vscode/vscode.ts';
import { completed } from './anyModule.ts';

/** What the parent asks for. */
export interface HostTask {
  /** The unpacked package. */
  readonly extension: string;
  readonly storage: string;
  readonly workspace: string;
  /** Agents whose failures must be stored. */
  readonly agents: readonly string[];
}

/** What has happened. */
export interface HostReport {
  readonly failures: Readonly<Record<string, number>>;
  /** What was logged as a warning or an error, and what was not caught. */
  readonly problems: readonly string[];
  /** What kept the process alive after `dispose`, other than the channel to its parent. */
  readonly openHandles: readonly string[];
}

const LONGEST_MS = 180_000;

const task = JSON.parse(process.argv[2] ?? '') as HostTask;
const problems: string[] = [];
process.on('unhandledRejection', error => problems.push(`unhandled: ${String(error)}`));

/** Every name that the package imports from the editor. */
function importedNames(): string[] {
  const dist = join(task.extension, 'dist');
  const scripts = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter(name =>
    name.endsWith('.mjs'),
  );
  const names = scripts.flatMap(name => {
    const text = readFileSync(join(dist, name), 'utf8');
    const lists = [...text.matchAll(/import\{([^}]*)\}from"vscode"/g)].map(([, list = '']) => list);
    return lists.flatMap(list => list.split(',').map(it => it.replace(/ as .*/, '').trim()));
  });
  return [...new Set(names)];
}

const log = (level: string) => (text: string) => void problems.push(`${level}: ${text}`);
const quiet = (): void => undefined;

function createModule(): Record<string, unknown> {
  const known = { ...fake, env: { ...fake.env, language: 'en' } };
  Object.assign(known.window, {
    state: { focused: true, active: true },
    createOutputChannel: () => ({
      ...{ info: quiet, debug: quiet, trace: quiet, show: quiet, dispose: quiet },
      ...{ warn: log('warn'), error: log('error') },
    }),
  });
  Object.assign(known.workspace, {
    workspaceFolders: [{ uri: fake.Uri.file(task.workspace), name: 'app', index: 0 }],
  });
  return Object.fromEntries(
    importedNames().map(name => [name, completed((known as Record<string, unknown>)[name])]),
  );
}

const shared = globalThis as unknown as { kimiQuotaEditor: Record<string, unknown> };
shared.kimiQuotaEditor = createModule();
const source = Object.keys(shared.kimiQuotaEditor)
  .map(name => `export const ${name} = globalThis.kimiQuotaEditor.${name};`)
  .join('\n');
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'vscode'
      ? { url: `data:text/javascript,${encodeURIComponent(source)}`, shortCircuit: true }
      : next(specifier, context),
});

function createContext() {
  const packageJSON = JSON.parse(readFileSync(join(task.extension, 'package.json'), 'utf8'));
  return {
    subscriptions: [] as { dispose(): void }[],
    extension: { packageJSON },
    extensionMode: fake.ExtensionMode.Production,
    extensionUri: fake.Uri.file(task.extension),
    globalStorageUri: fake.Uri.file(task.storage),
    secrets: {
      get: async () => undefined,
      keys: async () => [],
      store: async () => undefined,
      delete: async () => undefined,
      onDidChange: () => ({ dispose: quiet }),
    },
    globalState: completed({ get: quiet, update: async () => undefined, keys: () => [] }),
    workspaceState: completed({ get: quiet, update: async () => undefined, keys: () => [] }),
  };
}

/** The stored failures of each agent; empty until the archive exists. */
function storedFailures(): Record<string, number> {
  try {
    const db = new DatabaseSync(join(task.storage, 'kimi-quota.db'), { readOnly: true });
    try {
      const rows = db.prepare('SELECT agent, count(*) AS count FROM event GROUP BY agent').all();
      return Object.fromEntries(rows.map(({ agent, count }) => [String(agent), Number(count)]));
    } finally {
      db.close();
    }
  } catch {
    return {};
  }
}

async function untilStored(): Promise<Record<string, number>> {
  const endMs = Date.now() + LONGEST_MS;
  let failures = storedFailures();
  while (!task.agents.every(agent => failures[agent]) && Date.now() < endMs) {
    await sleep(200);
    failures = storedFailures();
  }
  return failures;
}

async function main(): Promise<void> {
  editor.reset();
  const url = pathToFileURL(join(task.extension, 'dist/extension.mjs')).href;
  const { activate } = (await import(url)) as { activate: (context: unknown) => unknown };
  const context = createContext();
  await activate(context);
  const failures = await untilStored();
  for (const subscription of context.subscriptions.toReversed()) subscription.dispose();
  // What is in progress may end.
  const isOwn = (name: string): boolean => !/^(?:Pipe|TTY|Immediate|CloseReq|FSReq)/.test(name);
  const endMs = Date.now() + 5_000;
  const open = (): string[] => process.getActiveResourcesInfo().filter(isOwn);
  while (open().length > 1 && Date.now() < endMs) await sleep(100);
  await sleep(100);
  const report: HostReport = { failures, problems, openHandles: open() };
  process.send?.(report, () => process.disconnect());
}

await main();
