// Real metrics stores on loopback: Debian's packages of VictoriaMetrics, Prometheus and Pushgateway.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';

const PACKAGES = ['victoria-metrics', 'prometheus', 'prometheus-pushgateway'];
const READY_MS = 30_000;

const isInstalled = (): boolean =>
  PACKAGES.every(name => spawnSync(name, ['--version'], { stdio: 'ignore' }).error === undefined);

/**
 * Installs the engines where this is Debian and the user is root. Returns why they are missing, or
 * undefined if they are there.
 */
export function whyNoEngines(): string | undefined {
  if (isInstalled()) return undefined;
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'not root on Debian';
  // With this run level the packages start no services.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const apt = (...args: string[]): number | null =>
    spawnSync('apt-get', ['-qq', ...args], { stdio: 'ignore', env }).status;
  if (apt('update') !== 0) return 'apt-get update failed';
  apt('install', '-y', '--no-install-recommends', ...PACKAGES);
  return isInstalled() ? undefined : `apt-get could not install ${PACKAGES.join(', ')}`;
}

/** A port that is free now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise(resolve => server.close(resolve));
  return port;
}

/** Asks until `isDone`; the answer is asked for again every 100 ms. */
export async function until<T>(
  ask: () => Promise<T>,
  isDone: (answer: T) => boolean,
  mostMs = READY_MS,
): Promise<T> {
  for (const end = Date.now() + mostMs; ;) {
    const answer = await ask();
    if (isDone(answer) || Date.now() > end) return answer;
    await setTimeout(100);
  }
}

/** Engines that run until `stop`. */
export class Engines {
  readonly #processes: ChildProcess[] = [];
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** The process ids, in the order of the starts. */
  get pids(): readonly number[] {
    return this.#processes.map(({ pid }) => pid ?? -1);
  }

  static async create(): Promise<Engines> {
    return new Engines(await mkdtemp(path.join(os.tmpdir(), 'kq-engines-')));
  }

  async victoriaMetrics(): Promise<string> {
    const port = await freePort();
    const data = path.join(this.#folder, 'victoria');
    return this.#start('victoria-metrics', port, [
      `-httpListenAddr=127.0.0.1:${port}`,
      `-storageDataPath=${data}`,
    ]);
  }

  /** Takes remote write, and scrapes `targets` every second. */
  async prometheus(targets: readonly string[] = []): Promise<string> {
    const port = await freePort();
    const config = path.join(this.#folder, `prometheus-${port}.yml`);
    const jobs = [{ job_name: 'kimi-quota', honor_labels: true, static_configs: [{ targets }] }];
    await writeFile(
      config,
      JSON.stringify({ global: { scrape_interval: '1s' }, scrape_configs: jobs }),
    );
    return this.#start('prometheus', port, [
      `--config.file=${config}`,
      `--storage.tsdb.path=${path.join(this.#folder, `prometheus-${port}`)}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--web.enable-remote-write-receiver',
    ]);
  }

  async pushgateway(): Promise<string> {
    const port = await freePort();
    return this.#start('prometheus-pushgateway', port, [`--web.listen-address=127.0.0.1:${port}`]);
  }

  async #start(program: string, port: number, args: readonly string[]): Promise<string> {
    this.#processes.push(spawn(program, args, { stdio: 'ignore', cwd: this.#folder }));
    const url = `http://127.0.0.1:${port}`;
    const isReady = await until(
      () =>
        fetch(`${url}/-/ready`).then(
          ({ status }) => status < 500,
          () => false,
        ),
      Boolean,
    );
    if (!isReady) throw new Error(`${program} did not start`);
    return url;
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.#processes.map(async process => {
        const ended = new Promise(resolve => process.once('exit', resolve));
        if (process.exitCode === null && process.kill('SIGKILL')) await ended;
      }),
    );
    await rm(this.#folder, { recursive: true, force: true });
  }
}
