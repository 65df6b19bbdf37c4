/** With `T` or a space, `,` or `.` before the fraction; slashes as Go writes them. */
const LOCAL = /^(\d{4})[-/](\d\d)[-/](\d\d)(?:[T ]| - )(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?$/;

/**
 * A time without a zone, as this machine's clock on the wall showed it: epoch milliseconds, or
 * undefined for what is no time. An hour that a change of the clock skips is read as the hour after
 * it; of an hour that comes twice the first is meant, so that a log's last hour of summer time may
 * be told an hour early. A log from a machine in another zone is read wrong: its lines do not say.
 */
export function parseLocalTime(text: string): number | undefined {
  const [, ...parts] = LOCAL.exec(text) ?? [];
  const [year, month, day, hour, minute, second] = parts.slice(0, 6).map(Number);
  if (!year || !month || !day || month > 12 || day > 31) return undefined;
  if (hour! > 23 || minute! > 59 || second! > 60) return undefined;
  const milliseconds = Number((parts[6] ?? '').padEnd(3, '0').slice(0, 3));
  return new Date(year, month - 1, day, hour, minute, second, milliseconds).getTime();
}
