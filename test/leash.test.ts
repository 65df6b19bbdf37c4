import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { mock } from 'node:test';
import { pathToFileURL } from 'node:url';
import { SILENT, startLeashed } from './editor/leash.mjs';
import { root } from './editor/paths.ts';

const LEASH = pathToFileURL(path.join(root, 'test/editor/leash.mjs')).href;
const SILENCE_MS = 1000;
const NEARLY_SILENCE_MS = 900;
const FAMILY = ['command', 'child', 'stubborn child', 'detached child'];

/** Where processes report: each holds a connection while it lives. */
class Roll {
  readonly #server = net.createServer(socket => void this.#enter(socket));
  readonly #present = new Map<string, net.Socket>();
  #onEntry = () => {};

  async open(): Promise<void> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
  }

  /** Ends what a failed test has left, too: nobody lives on without its connection. */
  close(): void {
    this.#server.close();
    for (const socket of this.#present.values()) socket.destroy();
  }

  /**
   * A program that reports as `name`, does `more`, and lives on. It ends itself or kills its parent
   * when it is sent `end` or `kill`, and prints all else.
   */
  program(name: string, more = ''): string[] {
    const { port } = this.#server.address() as net.AddressInfo;
    const report = `require('node:net').connect(${port}, '127.0.0.1')
      .setEncoding('utf8').on('data', text => {
        if (text === 'end') process.exit(3);
        if (text === 'kill') process.kill(process.ppid, 'SIGKILL');
        else console.log(text);
      }).on('error', () => {}).write('${name}');`;
    return [process.execPath, '-e', report + more];
  }

  /** A command with children, one of which leaves its group, and one that heeds no signal. */
  family(): string[] {
    const start = (command: string[], options = {}) =>
      `require('node:child_process').spawn(${JSON.stringify(command[0])},
        ${JSON.stringify(command.slice(1))}, ${JSON.stringify({ stdio: 'ignore', ...options })});`;
    const heedless = `process.on('SIGTERM', () => {});`;
    const children = [
      start(this.program('child')),
      start(this.program('stubborn child', heedless)),
      start(this.program('detached child'), { detached: true }),
    ];
    return this.program('command', children.join('\n'));
  }

  async #enter(socket: net.Socket): Promise<void> {
    socket.on('error', () => {});
    const [name] = (await once(socket, 'data')) as [Buffer];
    this.#present.set(String(name), socket.resume());
    this.#onEntry();
  }

  async arrivalOf(names: readonly string[]): Promise<void> {
    while (!names.every(name => this.#present.has(name)))
      await new Promise<void>(resolve => (this.#onEntry = resolve));
  }

  /** Resolves when all of these have ended. */
  async endOf(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const socket = this.#present.get(name);
      if (socket && !socket.closed) await once(socket, 'close');
    }
  }

  send(name: string, text: string): void {
    this.#present.get(name)?.write(text);
  }
}

describe('a leashed command', () => {
  let roll: Roll;
  beforeEach(async () => {
    roll = new Roll();
    await roll.open();
  });
  afterEach(() => {
    roll.close();
    mock.timers.reset();
    mock.restoreAll();
  });

  /** Another process that starts the family on a leash, as a run of the tests does. */
  async function startOwner(ownFolder = ''): Promise<ChildProcess> {
    const options = JSON.stringify({ ownFolder, graceMs: 0 });
    const script = `import { startLeashed } from '${LEASH}';
      startLeashed(${JSON.stringify(roll.family())}, ${options});`;
    const args = ['--input-type=module', '-e', script];
    const owner = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    owner.stdout.resume();
    await roll.arrivalOf(FAMILY);
    return owner;
  }

  for (const signal of ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    it(`ends with all its children when its owner ends by ${signal}`, async () => {
      const owner = await startOwner();
      owner.kill(signal);
      await roll.endOf(FAMILY);
    });

  it('leaves no folder of its own when its owner is killed', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'kimi-quota-leash-'));
    await writeFile(path.join(folder, 'file'), 'text');
    const owner = await startOwner(folder);
    // The keeper holds this pipe, too.
    const closed = once(owner, 'close');
    owner.kill('SIGKILL');
    await closed;
    assert.equal(existsSync(folder), false);
  });

  it('ends with all its children when it prints nothing for the whole limit', async () => {
    mock.timers.enable({ apis: ['setInterval'] });
    const complaints = mock.method(console, 'error', () => {}).mock;
    let printed = '';
    let onPrint = () => {};
    const leashed = startLeashed(roll.family(), {
      graceMs: 0,
      silenceMs: SILENCE_MS,
      onOutput: chunk => {
        printed += String(chunk);
        onPrint();
      },
    });
    await roll.arrivalOf(FAMILY);
    mock.timers.tick(NEARLY_SILENCE_MS);
    const print = new Promise<void>(resolve => (onPrint = resolve));
    roll.send('command', 'a sign of life');
    await print;
    mock.timers.tick(NEARLY_SILENCE_MS);
    assert.equal(complaints.callCount(), 0);
    mock.timers.tick(SILENCE_MS - NEARLY_SILENCE_MS);
    assert.equal(complaints.callCount(), 1);
    assert.equal(await leashed.exited, SILENT);
    await roll.endOf(FAMILY);
    assert.equal(printed, 'a sign of life\n');
  });

  it('ends with all its children when it is stopped, however often', async () => {
    const leashed = startLeashed(roll.family(), { graceMs: 0 });
    await roll.arrivalOf(FAMILY);
    await Promise.all([leashed.stop(), leashed.stop()]);
    await roll.endOf(FAMILY);
    await leashed.stop();
  });

  it('takes what it left running with it when it ends by itself', async () => {
    const { exited } = startLeashed(roll.family(), { graceMs: 0 });
    await roll.arrivalOf(FAMILY);
    roll.send('command', 'end');
    assert.equal(await exited, 3);
    await roll.endOf(['command', 'child', 'stubborn child']);
  });

  it('ends with its group when its keeper is killed', async () => {
    const { exited } = startLeashed(roll.family(), { graceMs: 0 });
    await roll.arrivalOf(FAMILY);
    roll.send('command', 'kill');
    assert.equal(await exited, 1);
    await roll.endOf(['command', 'child', 'stubborn child']);
  });

  it('gives its exit code and what it prints', async () => {
    const printed = { stdout: '', stderr: '' };
    const script = `console.log('out'); console.error('err'); process.exitCode = 7;`;
    const { exited } = startLeashed([process.execPath, '-e', script], {
      onOutput: (chunk, stream) => (printed[stream] += String(chunk)),
    });
    assert.equal(await exited, 7);
    assert.deepEqual(printed, { stdout: 'out\n', stderr: 'err\n' });
  });

  it('that does not exist is a failure', async () => {
    let printed = '';
    const { exited } = startLeashed([path.join(root, 'no-such-program')], {
      onOutput: chunk => (printed += String(chunk)),
    });
    assert.equal(await exited, 127);
    assert.match(printed, /ENOENT/);
  });
});
