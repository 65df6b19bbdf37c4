import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tailing } from '../../src/cli/tailing.ts';
import { attribute } from '../../src/core/agents/attribution.ts';
import { meaningOf } from '../../src/core/agents/eventReport.ts';
import { FailureLog } from '../../src/core/agents/failureJoiner.ts';
import { isAnswer } from '../../src/core/agents/signal.ts';
import type { TailedSignal } from '../../src/core/agents/tail.ts';
import type { Category } from '../../src/core/errors/category.ts';
import { foldSignals } from '../../src/core/incidents/incidents.ts';
import { judge } from '../../src/core/incidents/judge.ts';
import { LogTailer } from '../../src/node/logTailer.ts';
import { startLeashed } from '../editor/leash.mjs';
import { type KimiService, startKimiService } from '../support/kimiService/kimiService.ts';
import type { KimiCodeErrorName } from '../support/kimiService/kimiCodeErrors.ts';
import { type AgentRun, configure } from './agentRuns.ts';

/** What the mock answers in a run. */
export interface Scenario {
  readonly title: string;
  /** The errors of the first requests; the others are answered. */
  readonly errors: readonly KimiCodeErrorName[];
  /** What each error means. */
  readonly category?: Category;
}

/** More requests than any agent makes for one prompt. */
const ALL = 200;

/** One prompt each. */
export const SCENARIOS: readonly Scenario[] = [
  { title: 'Answered', errors: [] },
  {
    title: 'Rate limited twice',
    errors: ['tooManyRequests', 'tooManyRequests'],
    category: 'rate_limited_ambiguous',
  },
  { title: 'Quota used up', errors: Array(ALL).fill('fiveHour'), category: 'quota_5h' },
];

/** What the mock answered in a run, and what was read of the agent's files. */
export interface Observation {
  /** By the mock: rejected and answered requests. */
  readonly rejected: number;
  readonly answered: number;
  /** By the logs: failed attempts, with the right category, and with a category at all. */
  readonly seen: number;
  readonly right: number;
  readonly categorized: number;
  /** Responses with tokens. */
  readonly withTokens: number;
  /** Of the incidents, in order. */
  readonly states: readonly string[];
  /** From the answer of the mock until the failure was read, of each failure. */
  readonly latenciesMs: readonly number[];
  /** The end of what the program printed. */
  readonly output: string;
}

const PROMPT = 'Say hello in one sentence. Use no tools.';
/** The longest known series of retries takes three minutes. */
const LONGEST_RUN_MS = 300_000;
/** Codex writes its database every 10 s. */
const SETTLE_MS = 12_000;
const QUIET_MS = 3000;

/**
 * Runs an agent once in an empty home, and reads its logs meanwhile. `isKept`: leaves the home, to
 * look at its files.
 */
export async function observe(
  run: AgentRun,
  bin: string,
  scenario: Scenario,
  isKept = false,
): Promise<Observation> {
  const folder = mkdtempSync(join(tmpdir(), 'kimi-quota-agent-'));
  const service = await startKimiService({ behaviour: { failures: [...scenario.errors] } });
  const [home, project, tmp] = ['home', 'project', 'tmp'].map(name => join(folder, name));
  for (const path of [home!, project!, tmp!]) mkdirSync(path);
  const place = { home: home!, project: project!, url: service.url, key: service.key };
  configure(run, place);
  const reading = new Reading(place.home);
  try {
    const output = await start(run, bin, { ...place, tmp: tmp! });
    await reading.settle(rejectedOf(service).length);
    return { ...reading.compare(service, scenario), output: output.slice(-2000) };
  } finally {
    reading.dispose();
    await service.close();
    if (isKept) console.log(`${run.id}, ${scenario.title}: ${folder}`);
    else rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

type Place = Parameters<NonNullable<AgentRun['env']>>[0] & { readonly tmp: string };

/** Nothing of this machine but the path of programs reaches the agent. */
async function start(run: AgentRun, bin: string, place: Place): Promise<string> {
  let output = '';
  const env = {
    PATH: process.env['PATH'],
    HOME: place.home,
    USERPROFILE: place.home,
    TMPDIR: place.tmp,
    LANG: 'en_US.UTF-8',
    TERM: 'dumb',
    CI: '1',
    NO_PROXY: '127.0.0.1',
    ...run.env?.(place),
  };
  const agent = startLeashed([bin, ...run.args(PROMPT, place)], {
    env,
    cwd: place.project,
    graceMs: 2000,
    onOutput: chunk => void (output += String(chunk)),
  });
  const limit = setTimeout(() => void agent.stop(), LONGEST_RUN_MS);
  await agent.exited;
  clearTimeout(limit);
  return output;
}

const MODEL_PATH = /\/(?:chat\/completions|messages|responses)$/;

const requestsOf = ({ requests }: KimiService) =>
  requests.filter(({ method, path }) => method === 'POST' && MODEL_PATH.test(path));
const rejectedOf = (service: KimiService) =>
  requestsOf(service).filter(({ status = 0 }) => status >= 400);

/** Follows the logs below a home as `kimi-quota watch` does. */
class Reading {
  readonly #failures = new FailureLog(Infinity);
  readonly #signals: TailedSignal[] = [];
  readonly #readAt: number[] = [];
  readonly #tailer: LogTailer;

  constructor(home: string) {
    this.#tailer = new LogTailer(
      tailing({ home, files: [] }, tailed => {
        if (tailed.isBacklog && tailed.file.startsWith('/tmp/openclaw/')) return;
        this.#signals.push(tailed);
        const isNew = this.#failures.add(tailed).some(failure => failure.isNew);
        if (isNew) this.#readAt.push(Date.now());
      }),
    );
    this.#tailer.start();
  }

  get #seen(): number {
    return this.#failures.failures.reduce((sum, { signal }) => sum + (signal.attemptCount ?? 1), 0);
  }

  /** Until all failures were read, or the agent's last write is long ago. */
  async settle(rejected: number): Promise<void> {
    await sleep(QUIET_MS);
    for (let waited = QUIET_MS; waited < SETTLE_MS && this.#seen < rejected; waited += 500)
      await sleep(500);
  }

  compare(service: KimiService, { category }: Scenario): Omit<Observation, 'output'> {
    const { failures } = this.#failures;
    const rejected = rejectedOf(service);
    const categories = failures.flatMap(({ signal }) => {
      const meaning = meaningOf(signal, attribute(signal).provider);
      return Array<Category | undefined>(signal.attemptCount ?? 1).fill(meaning?.category);
    });
    const signals = this.#signals.map(({ signal }) => signal);
    const now = Date.now();
    const incidents = foldSignals({ signals, failures, now }, { judge, snapshots: () => [] });
    return {
      rejected: rejected.length,
      answered: requestsOf(service).length - rejected.length,
      seen: this.#seen,
      right: categories.filter(found => found === category).length,
      categorized: categories.filter(found => found !== undefined).length,
      withTokens: signals.filter(it => isAnswer(it) && it.outputTokens !== undefined).length,
      states: incidents.map(({ state }) => state),
      latenciesMs:
        this.#readAt.length === rejected.length
          ? this.#readAt.map((at, index) => at - rejected[index]!.at)
          : [],
    };
  }

  dispose(): void {
    this.#tailer.dispose();
  }
}
