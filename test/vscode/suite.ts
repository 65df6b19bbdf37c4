import { readdirSync } from 'node:fs';
import path from 'node:path';
import { CountingSpec } from '../editor/countingSpec.ts';

const TIMEOUT_MS = 240_000;

/** Rejections from this extension's files: other extensions share the host. */
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
 * Runs all bundled tests next to this file in the extension host; throws unless all pass. VS Code
 * calls it, because `--extensionTestsPath` names this file.
 */
export async function run(): Promise<void> {
  process.setSourceMapsEnabled(true);
  // A static import would become a `require`, which differs between Node 22 and Node 24.
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
  // Node reports unhandled rejections a turn later.
  await new Promise(resolve => setTimeout(resolve, 100));
  if (unhandled.length > 0) throw new Error(`rejections unhandled:\n${unhandled.join('\n')}`);
  if (failures > 0) throw new Error(`${failures} tests failed in the extension host`);
}
