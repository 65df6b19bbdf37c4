import { readdirSync } from 'node:fs';
import path from 'node:path';
import { CountingSpec } from '../editor/countingSpec.ts';

const TIMEOUT_MS = 240_000;

/** Those that came from our own files: the host is shared with other extensions. */
function listenToRejections(): readonly string[] {
  const own = path.dirname(__dirname);
  const unhandled: string[] = [];
  process.on('unhandledRejection', (reason: unknown) => {
    const text = reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
    if (!(reason instanceof Error) || text.includes(own)) unhandled.push(text);
  });
  return unhandled;
}

/**
 * Runs every bundled test beside this file inside the extension host; throws unless all passed.
 * VS Code calls it, because this file is what `--extensionTestsPath` names.
 */
export async function run(): Promise<void> {
  process.setSourceMapsEnabled(true);
  // A static import would become a `require`, which gives Node 22 and Node 24 different things.
  const { default: Mocha } = await import('mocha');
  const mocha = new Mocha({
    ui: 'bdd',
    timeout: TIMEOUT_MS,
    failZero: true,
    forbidOnly: true,
    reporter: CountingSpec,
  });
  const names = readdirSync(__dirname, { recursive: true, encoding: 'utf8' });
  for (const name of names.filter(it => it.endsWith('.test.js')).sort())
    mocha.addFile(path.join(__dirname, name));
  const unhandled = listenToRejections();
  const failures = await new Promise<number>(resolve => mocha.run(resolve));
  // A rejection is called unhandled a turn later.
  await new Promise(resolve => setTimeout(resolve, 100));
  if (unhandled.length > 0) throw new Error(`rejections unhandled:\n${unhandled.join('\n')}`);
  if (failures > 0) throw new Error(`${failures} tests failed in the extension host`);
}
