import { eventReport, requestReport, type EventReport } from '../core/agents/eventReport.ts';
import { FailureLog } from '../core/agents/failureLog.ts';
import type { TailedSignal } from '../core/tail.ts';
import { LogTailer, readLogsOnce } from '../node/logTailer.ts';
import { tailing } from './tailing.ts';

/** What `scan` and `watch` were told. */
export interface LogCall {
  /** Default: the user's own. */
  readonly home?: string;
  readonly isJson: boolean;
  /** Also requests that began and were answered. */
  readonly hasRequests: boolean;
}

/** `kimi-quota scan`: the failed requests that the agents' logs hold, oldest first. */
export async function scan(call: LogCall, sinceMs: number): Promise<number> {
  const log = new FailureLog();
  const requests: TailedSignal[] = [];
  await readLogsOnce({
    ...tailing(call.home, tailed => {
      log.add(tailed);
      if (call.hasRequests) requests.push(tailed);
    }),
    since: sinceMs,
    reading: { everyRecord: 'always', maxBacklogBytes: Infinity },
  });
  const lines = [
    ...log.failures.map(failure => ({ at: failure.signal.at, text: eventLine(failure, call) })),
    ...requests.flatMap(tailed => {
      const report = requestReport(tailed);
      return report ? [{ at: tailed.signal.at, text: JSON.stringify(report) }] : [];
    }),
  ];
  const recent = lines.filter(({ at }) => at >= sinceMs).sort((a, b) => a.at - b.at);
  for (const { text } of recent) process.stdout.write(`${text}\n`);
  if (recent.length === 0 && !call.isJson) process.stdout.write('No failed request was found.\n');
  return 0;
}

/** `kimi-quota watch`: the same as they happen, until it is interrupted. */
export async function watch(call: LogCall): Promise<number> {
  const log = new FailureLog();
  const startedAt = Date.now();
  const tailer = new LogTailer(
    tailing(call.home, tailed => {
      const known = new Set(log.failures.map(({ signal }) => signal.contentKey));
      for (const failure of log.add(tailed)) {
        const isNew = !known.has(failure.signal.contentKey) && failure.signal.at >= startedAt;
        if (isNew) process.stdout.write(`${eventLine(failure, call)}\n`);
      }
      const report = call.hasRequests ? requestReport(tailed) : undefined;
      if (report) process.stdout.write(`${JSON.stringify(report)}\n`);
    }),
  );
  tailer.start();
  // The clock's timers do not keep a program alive.
  const alive = setInterval(() => undefined, 3_600_000);
  await new Promise<void>(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
  });
  clearInterval(alive);
  tailer.dispose();
  return 0;
}

function eventLine(failure: Parameters<typeof eventReport>[0], { isJson }: LogCall): string {
  const report = eventReport(failure);
  return isJson ? JSON.stringify(report) : eventWords(report);
}

function eventWords(event: EventReport): string {
  const what = [event.status, event.category].filter(it => it !== null).join(' ');
  const words = event.text === '' ? '(the agent keeps no words)' : event.text.replace(/\s+/g, ' ');
  const place = event.subagent === null ? event.agent : `${event.agent} (${event.subagent})`;
  return `${event.at}  ${place}  ${what}  ${words}`.trimEnd();
}
