#!/usr/bin/env node
// The stand-in for the desktop `code` executable: takes the arguments that @vscode/test-electron
// gives it, runs the tests in the extension host of a server build with a headless browser as its
// window, and exits with 0 only if the tests said that they passed.
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
import type { TestsWord } from './hostWrapper.ts';

const passedOn = /^KIMI_/;

interface Words {
  readonly port: number;
  /** Whether the tests passed, once they said so; rejects when they are cut off before. */
  readonly verdict: Promise<boolean>;
  hasBegun(): boolean;
}

const noWord = (why: string) => new PlainError(`no word came from the tests: ${why}.`);

/** Listens for what the tests say from inside the extension host. */
async function listenForWords(): Promise<Words> {
  const server = net.createServer().listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  let hasBegun = false;
  const verdict = new Promise<boolean>((resolve, reject) => {
    server.on('connection', socket => {
      hasBegun = true;
      socket.on('error', () => {});
      const lines = readline.createInterface({ input: socket });
      lines.on('line', line => {
        const word = JSON.parse(line) as TestsWord;
        if (word.print !== undefined) console.log(word.print);
        if (word.hasPassed !== undefined) resolve(word.hasPassed);
      });
      lines.once('close', () => reject(noWord('the extension host ended before they did')));
    });
  });
  const { port } = server.address() as net.AddressInfo;
  return { port, verdict, hasBegun: () => hasBegun };
}

/** Opens the window in which the tests run, and waits for their verdict. */
async function runTests(editor: Editor, workspace: string | undefined, words: Words) {
  const browser = await startBrowser(path.join(editor.folder, 'profile'));
  const { page } = browser;
  try {
    // VS Code for the web calls these two in place of exiting and of writing to a console.
    const host = new EventEmitter();
    await page.exposeFunction('codeAutomationExit', () => host.emit('exit'));
    await page.exposeFunction('codeAutomationLog', () => {});
    const failed = new Promise<never>((_, reject) => {
      page.once('crash', () => reject(noWord('the window crashed')));
      host.once('exit', () => {
        if (!words.hasBegun()) reject(noWord('the extension host ended before they began'));
      });
    });
    const [hasPassed] = await Promise.all([
      Promise.race([words.verdict, failed]),
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
  const words = await listenForWords();
  const editor = await startEditor({
    version: chosenVersion(),
    userDataDir: text(values['user-data-dir']),
    extensionsDir: text(values['extensions-dir']),
    env: {
      ...Object.fromEntries(passed),
      KIMI_QUOTA_TESTS_PATH: testsPath,
      KIMI_QUOTA_TESTS_PORT: String(words.port),
    },
    development: {
      extensionPaths: (values.extensionDevelopmentPath ?? []).map(String),
      testsPath: await buildHostWrapper(),
    },
  });
  try {
    return (await runTests(editor, positionals[0], words)) ? 0 : 1;
  } finally {
    await editor.stop();
  }
}

await runProgram(code);
