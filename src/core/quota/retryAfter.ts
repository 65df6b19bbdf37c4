/**
 * `Retry-After` in milliseconds from `now`: whole seconds or an HTTP date. Garbage, a negative
 * number and a date that has passed are undefined: the caller's own backoff decides then.
 */
export function parseRetryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const text = header.trim().replace(/^"(.*)"$/, '$1');
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1000;
  if (!/^[A-Za-z]{3}, \d\d [A-Za-z]{3} \d{4} \d\d:\d\d:\d\d GMT$/.test(text)) return undefined;
  const waitMs = Date.parse(text) - now;
  return waitMs > 0 ? waitMs : undefined;
}
