import { HOUR_MS } from '../../core/base/time.ts';
import type { Translate } from '../../core/base/ports.ts';
import { defineCommand, UsageError } from '../command.ts';
import { logCallOf } from './logCall.ts';

export const scan = defineCommand({
  name: 'scan',
  group: 'failures',
  options: {
    home: { kind: 'value', value: 'DIR' },
    file: { kind: 'values', value: 'GLOB' },
    since: { kind: 'value', value: 'SPAN' },
    json: { kind: 'flag' },
    requests: { kind: 'flag' },
  },
  texts: t => ({
    summary: t("Find failed requests in agents' logs"),
    details: t(
      'Prints failures and the incidents they form, with a cause and next steps. Sends no request and changes no file.',
    ),
    options: {
      home: t('another home folder, with the folder tmp next to it'),
      file: t('another log to read, or a glob in quotes; repeatable'),
      since: t('24h (default), 7d or all'),
      json: t('print one JSON object per line'),
      requests: t('also print requests that started and ended'),
    },
    examples: [
      ['kimi-quota scan', t('failures of the last 24 hours')],
      ["kimi-quota scan --since 7d --file '~/litellm/*.log'", t('a week, with another log')],
    ],
  }),
  run: async (values, { locale }) => {
    const since = sinceMs(values.since, locale.t);
    return (await import('../scan.ts')).scan(logCallOf(values, locale), since);
  },
});

const SPANS_MS: ReadonlyMap<string, number> = new Map(
  Object.entries<number>({ '24h': 24 * HOUR_MS, '7d': 168 * HOUR_MS }),
);

/** Start of the time span in epoch milliseconds; 0: everything. */
function sinceMs(since = '24h', t: Translate): number {
  if (since === 'all') return 0;
  const spanMs = SPANS_MS.get(since);
  if (spanMs === undefined) throw new UsageError(t('--since takes 24h, 7d or all.'));
  return Date.now() - spanMs;
}
