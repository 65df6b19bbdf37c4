// The stand-in for the desktop `code` executable: takes the arguments that @vscode/test-electron
// gives it, runs the tests in the extension host of a server build with a headless browser as its
// window, and exits with 0 only if the tests said that they passed.
// KIMI_QUOTA_EDITOR_VERSION chooses `oldest` or `newest`.
import { EventEmitter, once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import readline from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { startBrowser } from './browser.ts';
import { type Editor, startEditor } from './editor.ts';
import { outputFolder } from './paths.ts';
import { PlainError, runProgram } from './progress.ts';
import { chosenVersion } from './serverBuild.ts';
import { stopRequest } from './stopRequest.ts';
import type { TestsWord } from './hostWrapper.ts';

const TIMEOUT_MS = 300_000;
/** The socket's last words may come a moment after the workbench says that the tests ended. */
const LAST_WORDS_MS = 1000;
const passedOn = /^KIMI_/;

interface Words {
  readonly port: number;
  /** Whether the tests passed, once they said so. */
  readonly verdict: Promise<boolean>;
}

/** Listens for what the tests say from inside the extension host. */
async function listenForWords(): Promise<Words> {
  const words = new EventEmitter();
  const verdict = once(words, 'verdict').then(([hasPassed]) => hasPassed === true);
  const server = net.createServer(socket => {
    socket.on('error', () => {});
    readline.createInterface({ input: socket }).on('line', line => {
      const word = JSON.parse(line) as TestsWord;
      if (word.print !== undefined) console.log(word.print);
      if (word.hasPassed !== undefined) words.emit('verdict', word.hasPassed);
    });
  });
  server.listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  return { port: (server.address() as net.AddressInfo).port, verdict };
}

/** Opens the window in which the tests run, and waits for their verdict. */
async function runTests(editor: Editor, workspace: string | undefined, words: Words) {
  const browser = await startBrowser(path.join(editor.folder, 'profile'));
  const { page } = browser;
  const silence = (why: string) => () => {
    throw new PlainError(`no word came from the tests: ${why}.`);
  };
  const quietSleep = (milliseconds: number) => sleep(milliseconds, undefined, { ref: false });
  try {
    // VS Code for the web calls these two in place of exiting and of writing to a console.
    const host = new EventEmitter();
    await page.exposeFunction('codeAutomationExit', () => host.emit('exit'));
    await page.exposeFunction('codeAutomationLog', () => {});
    const [hasPassed] = await Promise.all([
      Promise.race([
        words.verdict,
        once(host, 'exit')
          .then(() => quietSleep(LAST_WORDS_MS))
          .then(silence('the extension host ended before they did')),
        page.waitForEvent('crash', { timeout: 0 }).then(silence('the window crashed')),
        quietSleep(TIMEOUT_MS).then(silence(`they took over ${TIMEOUT_MS / 1000} s`)),
        stopRequest().then(silence('they were interrupted')),
      ]),
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
