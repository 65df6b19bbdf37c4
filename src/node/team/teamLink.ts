import { type Disposable, MutableDisposable } from '../../core/base/event.ts';
import { type Clock, faultName, type Log } from '../../core/base/ports.ts';
import { type MachineReport, samplesOf } from '../../core/team/metrics.ts';
import {
  MOST_MACHINES,
  type TeamFault,
  type TeamFaults,
  type TeamReading,
} from '../../core/quota/team.ts';
import { parseTeamAnswer, teamQuery } from '../../core/team/teamReading.ts';
import type { AskOptions } from '../askOnce.ts';
import { readBody } from '../askOnce.ts';
import { isPrivateAddress } from '../parseBaseUrl.ts';
import { parseJson } from '../quotaEndpoint.ts';
import { type PushProtocol, pushRequest } from './protocols.ts';
import { VanishedSeries } from './vanishedSeries.ts';

/** Interval of reports and queries; a machine that is silent for a minute no longer counts. */
export const REPORT_EVERY_MS = 15_000;
/** Longest pause after repeated failures of an engine. */
const LONGEST_PAUSE_MS = 5 * 60_000;
/** Of every pause, so that many machines don't report in one moment. */
const JITTER = 0.2;
/** An engine on the same network answers in milliseconds. */
const TIMEOUT_MS = 10_000;
/** The date of a response has whole seconds and was written before it arrived. */
const CLOCK_MS = 3000;
/** One in so many queries asks for everything: numbers that change slowly are read once a minute. */
const WHOLE_EVERY = 4;
/** A machine of a larger team asks less often; a reading counts for a minute. */
const LONGEST_QUERY_PAUSE_MS = 45_000;
/** As many of the own report times as a store may still show. */
const MOST_SENT = 40;

/** Where numbers go to and come from. An absent address is a way that is off. */
export interface TeamAddresses {
  readonly push?: { readonly protocol: PushProtocol; readonly url: string };
  readonly queryUrl?: string;
}

/** Options of `TeamLink`. */
export interface TeamLinkOptions {
  readonly addresses: TeamAddresses;
  readonly fetch: AskOptions['fetch'];
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  /** The reports of this machine, one per account. */
  readonly report: () => Promise<readonly MachineReport[]>;
  /** Bearer token for an address, if one is stored; and more headers. */
  readonly headersFor: (url: string) => Promise<Readonly<Record<string, string>>>;
  /**
   * Takes what the other machines of the accounts reported, and how the link is: after each query and
   * each change. No reading: no answer.
   */
  readonly onChange: (team: {
    readonly reading?: TeamReading;
    readonly faults: TeamFaults;
  }) => Promise<void>;
}

/** Result of a push or a query. */
type TeamOutcome = 'done' | TeamFault;

/**
 * Reports this machine's numbers and reads those of the others, until disposed. Nothing waits for
 * an engine: a report that could not be sent is replaced by the next one, and after failures the
 * pauses double up to five minutes.
 */
export class TeamLink implements Disposable {
  readonly #options: TeamLinkOptions;
  readonly #timers = [new MutableDisposable(), new MutableDisposable()] as const;
  readonly #failures = { push: 0, query: 0 };
  readonly #known: { push?: TeamOutcome; query?: TeamOutcome } = {};
  readonly #vanished = new VanishedSeries();
  /** Times of the reports that the engine took: epoch milliseconds, oldest first. */
  readonly #sentAt = new Set<number>();
  /** How far the engine's clock is ahead of this machine's. */
  #skewMs = 0;
  #reading: TeamReading | undefined;
  #queries = 0;
  #isDisposed = false;

  constructor(options: TeamLinkOptions) {
    this.#options = options;
  }

  start(): void {
    const { push, queryUrl } = this.#options.addresses;
    if (push) this.#schedule('push', REPORT_EVERY_MS * this.#options.random());
    if (queryUrl) this.#schedule('query', REPORT_EVERY_MS * this.#options.random());
  }

  dispose(): void {
    this.#isDisposed = true;
    for (const timer of this.#timers) timer.dispose();
  }

  #schedule(way: 'push' | 'query', delayMs: number): void {
    if (this.#isDisposed) return;
    const timer = this.#timers[way === 'push' ? 0 : 1];
    timer.value = this.#options.clock.after(delayMs, () => void this.#turn(way));
  }

  async #turn(way: 'push' | 'query'): Promise<void> {
    const { log, onChange, random } = this.#options;
    let outcome: TeamOutcome = 'malformed';
    try {
      outcome = way === 'push' ? await this.#push() : await this.#query();
    } catch (error) {
      log.error(`The team's numbers: ${way} failed: ${faultName(error)}`);
    }
    this.#failures[way] = outcome === 'done' ? 0 : this.#failures[way] + 1;
    const isNew = this.#known[way] !== outcome;
    if (isNew) log.info(`The team's numbers: ${way} ${outcome}`);
    this.#known[way] = outcome;
    if ((isNew || way === 'query' || outcome !== 'done') && !this.#isDisposed)
      await onChange({
        ...(this.#reading ? { reading: this.#reading } : {}),
        faults: { ...faultOf('push', this.#known), ...faultOf('query', this.#known) },
      }).catch((error: unknown) => log.error(`The team's numbers: ${faultName(error)}`));
    const pauseMs = Math.min(LONGEST_PAUSE_MS, REPORT_EVERY_MS * 2 ** this.#failures[way]);
    const everyMs = way === 'push' ? REPORT_EVERY_MS : queryEveryMs(this.#reading);
    const usual = this.#failures[way] === 0 ? everyMs : pauseMs;
    this.#schedule(way, usual * (1 + JITTER * (random() - 0.5)));
  }

  async #push(): Promise<TeamOutcome> {
    const { addresses, clock, report } = this.#options;
    const { push } = addresses;
    const reports = await report();
    const [first] = reports;
    if (!push || !first) return 'done';
    const { machine } = first;
    // A sample from a wrong clock would be refused, or be too late or too early for every query.
    const now = clock.now() + this.#skewMs;
    const samples = this.#vanished.withZeros(
      reports.flatMap(report => samplesOf({ ...report, at: now })),
      clock.now(),
    );
    const { url, ...request } = await pushRequest(samples, { ...push, machine, now });
    this.#sent(now);
    const answer = await this.#ask(url, request);
    return typeof answer === 'string' ? answer : outcomeOf(answer.status);
  }

  async #query(): Promise<TeamOutcome> {
    const { addresses, clock, report } = this.#options;
    const own = await report();
    if (own.length === 0 || addresses.queryUrl === undefined) return 'done';
    const url = new URL(addresses.queryUrl);
    if (!url.pathname.endsWith('/api/v1/query'))
      url.pathname = `${url.pathname.replace(/\/$/, '')}/api/v1/query`;
    // VictoriaMetrics hides the newest half minute without `nocache`; Prometheus ignores it.
    const everyMs = queryEveryMs(this.#reading);
    const wholeEvery = Math.max(1, Math.round((WHOLE_EVERY * REPORT_EVERY_MS) / everyMs));
    const isWhole = !this.#reading || this.#queries++ % wholeEvery === 0;
    const isLarge = !this.#reading || mostMachines(this.#reading) >= MOST_MACHINES;
    const query = teamQuery(own, { isWhole, isLarge });
    const form = new URLSearchParams({ query, nocache: '1' });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    // Too long for the address: proxies cut it.
    const request = { method: 'POST', headers, body: form.toString() };
    const answer = await this.#ask(url.href, request);
    const isAnswered = typeof answer !== 'string' && answer.status === 200;
    const before = this.#reading ? { before: this.#reading } : {};
    const asker = { own, at: clock.now(), sentAt: this.#sentAt, ...before };
    const reading = isAnswered ? parseTeamAnswer(answer.body, asker) : undefined;
    this.#reading = reading;
    if (reading) return 'done';
    return typeof answer === 'string'
      ? answer
      : isAnswered
        ? 'malformed'
        : outcomeOf(answer.status);
  }

  #sent(at: number): void {
    this.#sentAt.add(at);
    const [oldest] = this.#sentAt;
    if (this.#sentAt.size > MOST_SENT && oldest !== undefined) this.#sentAt.delete(oldest);
  }

  #noteClock(date: string | null): void {
    const skewMs = Date.parse(date ?? '') - this.#options.clock.now();
    if (Number.isFinite(skewMs)) this.#skewMs = Math.abs(skewMs) > CLOCK_MS ? skewMs : 0;
  }

  async #ask(
    url: string,
    { headers, ...request }: Pick<RequestInit, 'method' | 'body'> & { headers: object },
  ): Promise<{ readonly status: number; readonly body: unknown } | TeamOutcome> {
    const { fetch, headersFor } = this.#options;
    if (!isPrivateAddress(url)) return 'notPrivate';
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const all = { ...headers, ...(await headersFor(url)) };
    try {
      const response = await fetch(url, { ...request, headers: all, redirect: 'manual', signal });
      this.#noteClock(response.headers.get('date'));
      const body = parseJson((await readBody(response)) ?? '')?.value;
      return { status: response.status, body };
    } catch {
      // The message may repeat the address with its token.
      return 'unreachable';
    }
  }
}

const mostMachines = (reading: TeamReading | undefined): number =>
  Math.max(0, ...(reading?.accounts ?? []).map(({ totals }) => totals.count));

const queryEveryMs = (reading: TeamReading | undefined): number => {
  const times = Math.ceil(mostMachines(reading) / MOST_MACHINES);
  return Math.min(LONGEST_QUERY_PAUSE_MS, REPORT_EVERY_MS * Math.max(1, times));
};

const faultOf = (
  way: 'push' | 'query',
  known: { readonly push?: TeamOutcome; readonly query?: TeamOutcome },
): TeamFaults => {
  const outcome = known[way];
  return outcome === undefined || outcome === 'done' ? {} : { [way]: outcome };
};

const outcomeOf = (status: number): TeamOutcome =>
  status >= 200 && status < 300 ? 'done' : 'refused';
