import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Surroundings } from '../core/agents/agent.ts';
import { CONFIG_PLACES, type ConfigPlace } from '../core/agents/configPlaces.ts';
import {
  hostsInForce,
  withConfiguredHost,
  type ConfigReading,
  type HostInForce,
} from '../core/agents/attribution.ts';
import type { Clock } from '../core/base/ports.ts';
import type { TailBatch, TailedSignal } from '../core/agents/tail.ts';
import { parseConfig } from './parseConfig.ts';
import { inBatches } from './turns.ts';
import { readSmallFile } from './fileSystem.ts';

/** Options of `ConfiguredHosts`. */
export interface ConfiguredHostsOptions {
  readonly surroundings: Surroundings;
  /** Workspace folders; absolute paths. */
  readonly folders: readonly string[];
  readonly clock: Clock;
}

/** A burst of failures checks the files once. */
const LOOK_EVERY_MS = 1_000;

interface Source {
  readonly place: ConfigPlace;
  /** Absent: the environment. */
  readonly path?: string;
}

/**
 * The hosts in the current configurations of agents. Reads a file again when it has changed, and
 * keeps only its hosts. A missing or invalid file, or a link, has none.
 */
export class ConfiguredHosts {
  readonly #options: ConfiguredHostsOptions;
  readonly #sources: readonly Source[];
  readonly #files = new Map<Source, { version: string; reading: ConfigReading }>();
  readonly #startedAt: number;
  #lookedMs = -Infinity;
  #inForce: Promise<readonly HostInForce[]> = Promise.resolve([]);

  constructor(options: ConfiguredHostsOptions) {
    this.#options = options;
    this.#sources = CONFIG_PLACES.flatMap(place => sourcesOf(place, options));
    this.#startedAt = options.clock.now() - process.uptime() * 1000;
  }

  /** At most 1 s old. Never rejects. */
  read(): Promise<readonly HostInForce[]> {
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs - this.#lookedMs >= LOOK_EVERY_MS) {
      this.#lookedMs = nowMs;
      this.#inForce = this.#inForce.then(before => this.#look(before));
    }
    return this.#inForce;
  }

  /** The batch, with the current configuration added to every failure. */
  async noteIn(batch: TailBatch): Promise<TailBatch> {
    const isFailure = ({ signal }: TailedSignal): boolean => signal.kind === 'requestFailed';
    if (!batch.signals.some(isFailure)) return batch;
    const inForce = await this.read();
    const signals = batch.signals.map(tailed =>
      isFailure(tailed)
        ? { ...tailed, signal: withConfiguredHost(tailed.signal, inForce) }
        : tailed,
    );
    return { ...batch, signals };
  }

  async #look(before: readonly HostInForce[]): Promise<readonly HostInForce[]> {
    const readings = new Map<Source, ConfigReading>();
    await inBatches(this.#sources, async source => {
      const reading = await this.#readingOf(source);
      if (reading) readings.set(source, reading);
    });
    return hostsInForce(
      this.#sources.flatMap(source => readings.get(source) ?? []),
      before,
    );
  }

  async #readingOf(source: Source): Promise<ConfigReading | undefined> {
    const { place, path } = source;
    const { env } = this.#options.surroundings;
    if (place.at === 'environment' || path === undefined)
      return { place, since: this.#startedAt, urls: place.read(env, env) };
    const stat = await lstat(path).catch(() => undefined);
    if (!stat) return undefined;
    const version = `${stat.ino} ${stat.size} ${stat.mtimeMs}`;
    const known = this.#files.get(source);
    if (known?.version === version) return known.reading;
    const read = await readSmallFile(path);
    const content = read.kind === 'text' ? await parseConfig(place.form, read.text) : undefined;
    const reading = { place, since: stat.mtimeMs, urls: place.read(content, env) };
    this.#files.set(source, { version, reading });
    return reading;
  }
}

function sourcesOf(
  place: ConfigPlace,
  { surroundings, folders }: ConfiguredHostsOptions,
): Source[] {
  if (place.at === 'environment') return [{ place }];
  if (place.at === 'project')
    return folders.map(folder => ({ place, path: join(folder, place.path) }));
  const path = place.path(surroundings);
  return path === '' ? [] : [{ place, path }];
}
