import { HOUR_MS } from '../../core/base/time.ts';
import { defineCommand, UsageError } from '../command.ts';

export const history = defineCommand({
  name: 'history',
  group: 'quota',
  options: {
    since: { kind: 'value', value: 'SPAN' },
    json: { kind: 'flag' },
    csv: { kind: 'flag' },
  },
  texts: t => ({
    summary: t('How much quota was left over time'),
    details: t('Shows what a window or kimi-quota watch has stored. Sends no request.'),
    options: {
      since: t('24h (default), 7d or 30d'),
      json: t('print a JSON object'),
      csv: t('print comma-separated values'),
    },
    examples: [
      ['kimi-quota history --since 7d', t('a chart of a week')],
      ['kimi-quota history --since 30d --csv', t('for a spreadsheet')],
    ],
  }),
  run: async ({ since = '24h', json, csv }, { locale }) => {
    const spanMs = SPANS_MS[since];
    if (spanMs === undefined) throw new UsageError(locale.t('--since takes 24h, 7d or 30d.'));
    const format = json ? 'json' : csv ? 'csv' : 'chart';
    return (await import('../history.ts')).history({ spanMs, format, locale });
  },
});

const SPANS_MS: Readonly<Record<string, number>> = {
  '24h': 24 * HOUR_MS,
  '7d': 168 * HOUR_MS,
  '30d': 720 * HOUR_MS,
};
