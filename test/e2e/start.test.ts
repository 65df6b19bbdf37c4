import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import readline from 'node:readline';
import { startBrowser } from '../editor/browser.ts';
import { outputFolder, root } from '../editor/paths.ts';

interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  readonly args: string;
}

function runningProcesses(): RunningProcess[] {
  const columns = ['pid', 'ppid', 'stat', 'args'].flatMap(it => ['-o', `${it}=`]);
  const listing = execFileSync('ps', ['-e', '-ww', ...columns], { encoding: 'utf8' });
  const rows = [...listing.matchAll(/^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/gm)];
  // A zombie has ended; only its exit code was not collected.
  return rows
    .filter(row => !row[3]?.startsWith('Z'))
    .map(([, pid, parent, , args = '']) => ({ pid: Number(pid), parent: Number(parent), args }));
}

function descendants(ancestor: number): RunningProcess[] {
  const all = runningProcesses();
  const below = (pid: number): RunningProcess[] =>
    all.filter(it => it.parent === pid).flatMap(it => [it, ...below(it.pid)]);
  return below(ancestor);
}

async function printedAddress(child: ChildProcess): Promise<string> {
  assert.ok(child.stdout);
  const lines: string[] = [];
  for await (const line of readline.createInterface({ input: child.stdout })) {
    lines.push(line);
    const address = /Open (http:\S+) in a browser/.exec(line)?.[1];
    if (address) return address;
  }
  throw new Error(`npm start printed no address:\n${lines.join('\n')}`);
}

describe('npm start', () => {
  let child: ChildProcess;
  const profileDir = path.join(outputFolder, 'start-profile');

  beforeEach(async () => {
    await rm(profileDir, { recursive: true, force: true, maxRetries: 5 });
    const { KIMI_API_KEY: _, ...env } = process.env;
    const script = path.join(root, 'test/editor/run.mjs');
    child = spawn(process.execPath, [script, 'start', '--server', '--no-open'], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  });

  afterEach(async () => {
    child.kill('SIGKILL');
    await rm(profileDir, { recursive: true, force: true, maxRetries: 5 });
  });

  it('shows live numbers and an explained error at the printed address, and leaves nothing behind', async () => {
    const address = await printedAddress(child);
    const browser = await startBrowser(profileDir);
    try {
      await browser.page.goto(address);
      const item = browser.page.locator('[id="kimi-quota.kimi-quota.quota"]');
      await item.filter({ hasText: /\d+\s?%/ }).waitFor();
      await item.filter({ hasText: /Too many parallel|Slot free/ }).waitFor();
    } finally {
      await browser.close();
    }
    assert.ok(child.pid);
    const started = descendants(child.pid);
    assert.ok(
      started.some(it => it.args.includes('code-server')),
      'the editor is among the processes of npm start',
    );
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    assert.deepEqual(await exited, [0, null]);
    const startedIds = new Set(started.map(it => `${it.pid} ${it.args}`));
    const left = runningProcesses().filter(it => startedIds.has(`${it.pid} ${it.args}`));
    assert.deepEqual(left, []);
  });
});
