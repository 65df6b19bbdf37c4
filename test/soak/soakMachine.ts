import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { Emitter } from '../../src/core/base/event.ts';
import type { Log } from '../../src/core/base/ports.ts';
import type { QuotaOutcome } from '../../src/core/quota/outcome.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { FakeQuotaClient, snapshotOf } from '../support/fakeQuotaClient.ts';
import { FaultyDatabases } from '../support/faultyDatabase.ts';
import { SoakLog, STEP_MS } from './soakLog.ts';
import { SoakWindow } from './soakWindow.ts';

const HOUR_MS = 3_600_000;
/** A day has four hours of work, then the machine sleeps. */
const STEPS_A_DAY = (4 * HOUR_MS) / STEP_MS;
const SLEEP_MS = 20 * HOUR_MS;
const STEPS_AN_HOUR = HOUR_MS / STEP_MS;
/** These stay open over night; the others for one busy hour. */
const LASTING_WINDOWS = 3;
const MOST_WINDOWS = 10;
const BUSY = { from: STEPS_AN_HOUR, to: 2 * STEPS_AN_HOUR };
const SQLITE_FULL = 13;
const WRITES = /^\s*(?:INSERT|UPDATE|DELETE|COMMIT|CREATE)/i;

/** Which days have more than work. */
export interface SoakPlan {
  readonly days: number;
  /** From the middle of its busy hour on the disk is full, for an hour. */
  readonly fullDiskDay: number;
  /** At its end the extension is updated to one with other rules. */
  readonly updateDay: number;
}

/** Counts log messages, and keeps unexpected ones. */
class CountingLog implements Log {
  readonly counts = { warn: 0, error: 0 };
  readonly messages = new Map<string, number>();
  trace(): void {}
  debug(): void {}
  info(): void {}
  warn(message: string): void {
    this.#note('warn', message);
  }
  error(message: string): void {
    this.#note('error', message);
  }
  #note(level: 'warn' | 'error', message: string): void {
    this.counts[level]++;
    const line = `${level}: ${message}`;
    if (this.messages.size < 20 || this.messages.has(line))
      this.messages.set(line, (this.messages.get(line) ?? 0) + 1);
  }
}

/** A developer's machine over weeks. */
export class SoakMachine {
  readonly clock = new FakeClock(Date.UTC(2026, 8, 1, 8));
  readonly log = new CountingLog();
  readonly agents = new SoakLog();
  readonly kimi = new FakeQuotaClient(this.clock);
  readonly #databases = new FaultyDatabases();
  readonly #plan: SoakPlan;
  readonly #path: string;
  readonly #dayEmitter = new Emitter<number>();
  #windows: SoakWindow[] = [];
  #isDiskFull = false;
  #openedCount = 0;
  defectCount = 0;
  /** Moments at which Kimi was reached while windows could agree on it. */
  readonly agreedRequests: number[] = [];
  lonelyRequestCount = 0;

  /** Fires at night, with the number of the day. */
  readonly onDidEndDay = this.#dayEmitter.event;

  constructor(path: string, plan: SoakPlan) {
    this.#path = path;
    this.#plan = plan;
    this.#databases.concerns = sql => WRITES.test(sql);
    this.#databases.errcode = SQLITE_FULL;
    this.kimi.answer = () => this.#answer();
  }

  async run(): Promise<void> {
    for (let day = 1; day <= this.#plan.days; day++) {
      await this.#work(day);
      await this.#sleep(day);
      this.agents.forget();
      this.#dayEmitter.fire(day);
    }
    for (const window of this.#windows.splice(0)) this.#end(window, 'close');
    await this.clock.advance(0);
  }

  async #work(day: number): Promise<void> {
    for (let step = 0; step < STEPS_A_DAY; step++) {
      await this.#direct(day, step);
      this.agents.append(this.clock.now(), (day - 1) / this.#plan.days);
      for (const window of this.#windows) await window.pump();
      await this.clock.advance(STEP_MS);
    }
  }

  /** Opens and ends windows, looks from one to the next, and fills the disk. */
  async #direct(day: number, step: number): Promise<void> {
    const wanted = step >= BUSY.from && step < BUSY.to ? MOST_WINDOWS : LASTING_WINDOWS;
    while (this.#windows.length < wanted) await this.#open();
    // Some are closed, some are killed.
    while (this.#windows.length > wanted)
      this.#end(this.#windows.pop()!, this.#windows.length % 2 === 0 ? 'kill' : 'close');
    if (step === BUSY.from + STEPS_AN_HOUR / 4) await this.#replaceHolder('kill');
    if (step === BUSY.to + STEPS_AN_HOUR) await this.#replaceHolder('close');
    const isFullDay = day === this.#plan.fullDiskDay;
    const fullFrom = BUSY.from + STEPS_AN_HOUR / 2;
    this.#setDiskFull(isFullDay && step >= fullFrom && step < fullFrom + STEPS_AN_HOUR);
    if (step % 360 === 0)
      for (const [index, { poller }] of this.#windows.entries())
        poller.setFocused((step / 360) % this.#windows.length === index);
  }

  async #sleep(day: number): Promise<void> {
    for (const { poller } of this.#windows) poller.setFocused(false);
    if (day === this.#plan.updateDay) await this.#update();
    this.clock.setNow(this.clock.now() + SLEEP_MS);
    // The clock of a machine that wakes may be corrected.
    await this.clock.advance(2_000);
    this.clock.setNow(this.clock.now() - 90_000);
    await this.clock.advance(90_000 + HOUR_MS / 60);
  }

  /** What older rules have decided is in the archive, under names that no rule has now. */
  async #update(): Promise<void> {
    const windowCount = this.#windows.length;
    for (const window of this.#windows.splice(0)) this.#end(window, 'close');
    await this.clock.advance(0);
    const db = new DatabaseSync(this.#path);
    db.exec(`UPDATE incident SET json = replace(json, '"rule":"', '"rule":"former-')`);
    db.close();
    while (this.#windows.length < windowCount) await this.#open();
  }

  async #open(): Promise<void> {
    const { clock, log, agents, kimi } = this;
    const window = new SoakWindow({
      path: this.#path,
      openDatabase: this.#databases.open,
      clock,
      log,
      agents,
      kimi,
    });
    this.#windows.push(window);
    this.#openedCount++;
    await window.start(false);
  }

  async #replaceHolder(end: 'kill' | 'close'): Promise<void> {
    const holder = this.#windows.find(({ isHolder }) => isHolder);
    if (!holder) return;
    this.#windows = this.#windows.filter(window => window !== holder);
    this.#end(holder, end);
    await this.#open();
  }

  #end(window: SoakWindow, end: 'kill' | 'close'): void {
    this.defectCount += window.poller.defectCount;
    window[end]();
  }

  get openedCount(): number {
    return this.#openedCount;
  }

  #setDiskFull(isFull: boolean): void {
    if (this.#isDiskFull === isFull) return;
    this.#isDiskFull = isFull;
    this.#databases.failAt = isFull ? this.#databases.executedCount + 1 : Infinity;
    this.#databases.failCount = isFull ? Infinity : 0;
  }

  #answer(): QuotaOutcome {
    const now = this.clock.now();
    // Now and then the network is away, and the endpoint itself limits.
    const turn = this.kimi.requests.length % 50;
    if (turn === 20) return { kind: 'unreachable', cause: 'dns' };
    if (this.#isDiskFull) this.lonelyRequestCount++;
    else this.agreedRequests.push(now);
    if (turn === 40) return { kind: 'rateLimited', retryAfterMs: 120_000 };
    const usedPercent = ((now / HOUR_MS) % 5) * 18;
    return { kind: 'fresh', snapshot: snapshotOf(now, usedPercent) };
  }
}

/** How many rows each table has, and how large the files are. */
export function sizesOf(path: string): Readonly<Record<string, number>> {
  const db = new DatabaseSync(path, { readOnly: true });
  const tables = ['snapshot', 'value', 'event', 'checkpoint', 'incident', 'lastRead', 'lease'];
  const counts = tables.map(table => [
    table,
    Number(Object.values(db.prepare(`SELECT count(*) FROM ${table}`).get() ?? {})[0]),
  ]);
  db.close();
  const bytes = [path, `${path}-wal`]
    .map(file => statSync(file, { throwIfNoEntry: false })?.size ?? 0)
    .reduce((a, b) => a + b, 0);
  return { ...(Object.fromEntries(counts) as Record<string, number>), megabytes: bytes / 1e6 };
}
