import { eventReport, requestReport, type EventReport } from '../core/agents/eventReport.ts';
import { FailureLog } from '../core/agents/failureJoiner.ts';
import { foldSignals } from '../core/incidents/incidents.ts';
import type { Incident } from '../core/incidents/incident.ts';
import { IncidentRecorder } from '../core/incidents/incidentRecorder.ts';
import { incidentReport, incidentWords } from '../core/explain/incidentReport.ts';
import { judge } from '../core/incidents/judge.ts';
import type { Archive } from '../core/ledger/archive.ts';
import type { HistoryQuery } from '../core/quota/snapshot.ts';
import type { Clock, Locale } from '../core/base/ports.ts';
import { TAIL_RETENTION, type TailedSignal } from '../core/agents/tail.ts';
import { HOUR_MS } from '../core/base/time.ts';
import { LogTailer, readLogsOnce } from '../node/logTailer.ts';
import { SystemClock } from '../node/systemClock.ts';
import { printJson, printLine, printText, toStderr } from './output.ts';
import { tailing, type LogPlaces } from './tailing.ts';
import type { TeamCall } from './teamCall.ts';

/** A call of `scan` or `watch`. */
export interface LogCall extends LogPlaces {
  readonly isJson: boolean;
  readonly locale: Locale;
  /** Also prints requests that started and ended. */
  readonly hasRequests: boolean;
  /** `watch`: reports to a team's metrics store. */
  readonly team?: TeamCall;
}

/**
 * `kimi-quota scan`: prints the failed requests in the agents' logs, oldest first, then their
 * incidents.
 */
export async function scan(call: LogCall, sinceMs: number): Promise<number> {
  const log = new FailureLog(MOST_FAILURES);
  const read = new NewestSignals();
  const latest = Date.now() + TAIL_RETENTION.futureMs;
  await readLogsOnce({
    ...tailing(call, tailed => {
      const { at } = tailed.signal;
      if (at < sinceMs - LEAD_MS || at > latest) return;
      log.add(tailed);
      read.add(tailed);
    }),
    since: sinceMs,
    reading: { everyRecord: 'always', maxBacklogBytes: Infinity },
  });
  const { failures } = log;
  const requests = call.hasRequests ? read.signals : [];
  const lines = [
    ...failures.map(failure => ({ at: failure.signal.at, print: () => printEvent(failure, call) })),
    ...requests.flatMap(tailed => {
      const report = requestReport(tailed);
      return report ? [{ at: tailed.signal.at, print: () => printJson(report) }] : [];
    }),
  ];
  const recent = lines.filter(({ at }) => at >= sinceMs).sort((a, b) => a.at - b.at);
  for (const { print } of recent) print();
  const signals = read.signals.map(({ signal }) => signal);
  const found = foldSignals({ signals, failures, now: Date.now() }, { judge, snapshots: () => [] });
  for (const incident of found) if (incident.to >= sinceMs) printIncident(incident, call);
  if (recent.length === 0 && !call.isJson) printLine(call.locale.t('No failed requests found.'));
  return 0;
}

/** Reads this much more: an incident may begin before the requested time span. */
const LEAD_MS = HOUR_MS;

/** Each takes about 2 KB; an agent that retries for a day writes about 10,000. */
const MOST_FAILURES = 100_000;

/** A year of logs has millions of requests: the newest are enough to count requests in flight. */
const MOST_SIGNALS = 200_000;

class NewestSignals {
  signals: TailedSignal[] = [];

  add(tailed: TailedSignal): void {
    this.signals.push(tailed);
    if (this.signals.length <= 2 * MOST_SIGNALS) return;
    this.signals = this.signals.sort((a, b) => a.signal.at - b.signal.at).slice(-MOST_SIGNALS);
  }
}

/** How many failures are remembered, to skip duplicates in other files. */
const MOST_WATCHED = 20_000;

/** `kimi-quota watch`: prints failures and incidents as they happen, until it is interrupted. */
export async function watch(call: LogCall): Promise<number> {
  const log = new FailureLog(MOST_WATCHED);
  const clock = new SystemClock({ keepsAlive: true });
  let firstAt = Infinity;
  // With another home folder, this machine is not what is watched.
  const window =
    call.home === undefined ? (await import('./window.ts')).openWindow(call.team) : undefined;
  const isPrinted = ({ to }: Incident): boolean => to >= firstAt;
  const recorder = createRecorder(call, { clock, isPrinted, archive: window?.archive });
  const tailer = new LogTailer(
    tailing(call, tailed => {
      const failures = log.add(tailed);
      for (const failure of failures) {
        if (!failure.isNew || tailed.isBacklog) continue;
        firstAt = Math.min(firstAt, failure.signal.at);
        printEvent(failure, call);
      }
      const report = call.hasRequests ? requestReport(tailed) : undefined;
      if (report) printJson(report);
      const amendments = failures.filter(({ isNew }) => !isNew).map(({ signal }) => signal);
      const batch = { readAt: clock.now(), signals: [tailed], checkpoints: [], amendments };
      recorder.take(
        batch,
        failures.filter(({ isNew }) => isNew),
      );
    }),
  );
  tailer.start();
  // A signal handler does not keep the process alive.
  const alive = setInterval(() => undefined, 3_600_000);
  await new Promise<void>(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
  });
  clearInterval(alive);
  window?.dispose();
  tailer.dispose();
  recorder.dispose();
  return 0;
}

interface RecorderOptions {
  readonly clock: Clock;
  readonly isPrinted: (incident: Incident) => boolean;
  /** What is known of the quota and of other machines. */
  readonly archive: Archive | undefined;
}

/** Prints each incident when it is new or has changed. */
function createRecorder(
  call: LogCall,
  { archive: known, clock, isPrinted }: RecorderOptions,
): IncidentRecorder {
  const archive = {
    saveIncidents: async (incidents: readonly Incident[]) => {
      for (const incident of incidents) if (isPrinted(incident)) printIncident(incident, call);
    },
    readIncidents: async () => [],
    readEvents: async () => [],
    get: async (key: string) => known?.get(key),
    readLatest: async () => (await known?.readLatest()) ?? [],
    readHistory: async (query: HistoryQuery) => (await known?.readHistory(query)) ?? [],
    appendSnapshot: async () => undefined,
  };
  return new IncidentRecorder({ archive, clock, judge, log: toStderr });
}

function printIncident(incident: Incident, { isJson, locale }: LogCall): void {
  const now = Date.now();
  if (isJson) printJson(incidentReport(incident, now));
  else printText(`${incidentWords(incident, now, locale)}\n`);
}

function printEvent(failure: Parameters<typeof eventReport>[0], { isJson, locale }: LogCall): void {
  const report = eventReport(failure);
  if (isJson) printJson(report);
  else printLine(eventWords(report, locale));
}

function eventWords(event: EventReport, { t }: Locale): string {
  const what = [event.status, event.category].filter(it => it !== null).join(' ');
  const words =
    event.text === '' ? t('(no error text in the log)') : event.text.replace(/\s+/g, ' ');
  const place = event.subagent === null ? event.agent : `${event.agent} (${event.subagent})`;
  return `${event.at}  ${place}  ${what}  ${words}`.trimEnd();
}
