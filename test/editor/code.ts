#!/usr/bin/env node
// The stand-in for the desktop `code` executable: takes the arguments that @vscode/test-electron
// gives it, runs the tests in the extension host of a server build with a headless browser as its
// window, and exits with 0 only if the tests report that they passed.
// KIMI_QUOTA_EDITOR_VERSION chooses `oldest` or `newest`.
import { EventEmitter, once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import readline from 'node:readline';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { startBrowser } from './browser.ts';
import { type Editor, startEditor } from './editor.ts';
import { outputFolder } from './paths.ts';
import { PlainError, runProgram } from './program.ts';
import { chosenVersion } from './serverBuild.ts';
import type { TestReport } from './hostWrapper.ts';

const passedOn = /^KIMI_/;

interface Reports {
  readonly port: number;
  /** Whether the tests passed; rejects when the extension host ends before they report it. */
  readonly verdict: Promise<boolean>;
  hasBegun(): boolean;
}

const noReport = (why: string) => new PlainError(`the tests did not report a result: ${why}.`);

/** Listens for the reports of the tests inside the extension host. */
async function listenForReports(): Promise<Reports> {
  const server = net.createServer().listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  let hasBegun = false;
  const verdict = new Promise<boolean>((resolve, reject) => {
    server.on('connection', socket => {
      hasBegun = true;
      socket.on('error', () => {});
      const lines = readline.createInterface({ input: socket });
      lines.on('line', line => {
        const report = JSON.parse(line) as TestReport;
        if (report.print !== undefined) console.log(report.print);
        if (report.hasPassed !== undefined) resolve(report.hasPassed);
      });
      lines.once('close', () => reject(noReport('the extension host ended before they did')));
    });
  });
  const { port } = server.address() as net.AddressInfo;
  return { port, verdict, hasBegun: () => hasBegun };
}

/** Opens the window in which the tests run, and waits for their verdict. */
async function runTests(editor: Editor, workspace: string | undefined, reports: Reports) {
  const browser = await startBrowser(path.join(editor.folder, 'profile'));
  const { page } = browser;
  try {
    // VS Code for the web calls these two in place of exiting and of writing to a console.
    const host = new EventEmitter();
    await page.exposeFunction('codeAutomationExit', () => host.emit('exit'));
    await page.exposeFunction('codeAutomationLog', () => {});
    const failed = new Promise<never>((_, reject) => {
      page.once('crash', () => reject(noReport('the window crashed')));
      host.once('exit', () => {
        if (!reports.hasBegun()) reject(noReport('the extension host ended before they began'));
      });
    });
    const [hasPassed] = await Promise.all([
      Promise.race([reports.verdict, failed]),
      page.goto(editor.urlFor(workspace)),
    ]);
    return hasPassed;
  } finally {
    await browser.close();
  }
}

/** Bundles the wrapper, since the extension host loads neither TypeScript nor modules. */
async function buildHostWrapper(): Promise<string> {
  const outfile = path.join(outputFolder, 'hostWrapper.cjs');
  const entryPoints = [path.join(import.meta.dirname, 'hostWrapper.ts')];
  await build({ entryPoints, outfile, bundle: true, platform: 'node', format: 'cjs' });
  return outfile;
}

async function code(): Promise<number> {
  const { values, positionals } = parseArgs({
    strict: false,
    allowPositionals: true,
    options: {
      extensionDevelopmentPath: { type: 'string', multiple: true },
      extensionTestsPath: { type: 'string' },
      'user-data-dir': { type: 'string' },
      'extensions-dir': { type: 'string' },
    },
  });
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  const testsPath = text(values.extensionTestsPath);
  if (!testsPath)
    throw new PlainError('this stand-in for `code` only runs tests (--extensionTestsPath=...)');
  const passed = Object.entries(process.env).filter(([name]) => passedOn.test(name));
  const reports = await listenForReports();
  const editor = await startEditor({
    version: chosenVersion(),
    userDataDir: text(values['user-data-dir']),
    extensionsDir: text(values['extensions-dir']),
    env: {
      ...Object.fromEntries(passed),
      KIMI_QUOTA_TESTS_PATH: testsPath,
      KIMI_QUOTA_TESTS_PORT: String(reports.port),
    },
    development: {
      extensionPaths: (values.extensionDevelopmentPath ?? []).map(String),
      testsPath: await buildHostWrapper(),
    },
  });
  try {
    return (await runTests(editor, positionals[0], reports)) ? 0 : 1;
  } finally {
    await editor.stop();
  }
}

await runProgram(code);
