import type { Locale } from '../ports.ts';
import { dateFormat } from '../words.ts';

/** A moment as anybody anywhere reads it: `2026-10-01 14:32:05 GMT+08:00 = 2026-10-01T06:32:05Z`. */
export function zonedMoment(at: number, { timeZone }: Pick<Locale, 'timeZone'>): string {
  const zone = timeZone === undefined ? {} : { timeZone };
  const local = dateFormat('sv-SE', {
    ...zone,
    dateStyle: 'short',
    timeStyle: 'medium',
  }).format(at);
  const offset = dateFormat('en', { ...zone, timeZoneName: 'longOffset' })
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName')?.value;
  const utc = new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
  return `${local} ${offset ?? ''} = ${utc}`;
}
