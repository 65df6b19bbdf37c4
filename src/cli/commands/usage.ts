import { resolve } from 'node:path';
import type { Translate } from '../../core/base/ports.ts';
import { DAY_MS, HOUR_MS } from '../../core/base/time.ts';
import { defineCommand, UsageError } from '../command.ts';
import { LEDGER_GROUPINGS, type LedgerGrouping } from '../../core/ledger/ledger.ts';

export const usage = defineCommand({
  name: 'usage',
  group: 'quota',
  options: {
    by: { kind: 'value', value: 'GROUP' },
    since: { kind: 'value', value: 'SPAN' },
    all: { kind: 'flag' },
    home: { kind: 'value', value: 'DIR' },
    json: { kind: 'flag' },
    csv: { kind: 'flag' },
  },
  texts: t => ({
    summary: t('Show what used your quota: tokens by agent, model, project, session or day'),
    details: t(
      "Counts the tokens in agents' logs, each response once. Uses the counts of the extension if there are any. Sends no request and changes no file.",
    ),
    options: {
      by: t('agent (default), model, project, session or day'),
      since: t('5h, 24h (default), 7d or 30d'),
      all: t('also count requests to other providers'),
      home: t('another home folder, with the folder tmp next to it'),
      json: t('print a JSON object'),
      csv: t('print comma-separated values'),
    },
    examples: [
      ['kimi-quota usage', t('by agent, of the last 24 hours')],
      ['kimi-quota usage --by day --since 30d --csv', t('a month for a spreadsheet')],
    ],
  }),
  run: async (values, { locale }) => {
    const { by = 'agent', since = '24h', home, all = false, json = false, csv = false } = values;
    if (!isGrouping(by))
      throw new UsageError(locale.t('--by takes agent, model, project, session or day.'));
    if (json && csv) throw new UsageError(locale.t("--json and --csv can't be used together."));
    const { usage: run } = await import('../usage.ts');
    return run({
      by,
      spanMs: spanMs(since, locale.t),
      span: since,
      hasOthers: all,
      form: json ? 'json' : csv ? 'csv' : 'text',
      locale,
      ...(home === undefined ? {} : { home: resolve(home) }),
    });
  },
});

const isGrouping = (text: string): text is LedgerGrouping =>
  (LEDGER_GROUPINGS as readonly string[]).includes(text);

const SPANS_MS: ReadonlyMap<string, number> = new Map(
  Object.entries<number>({
    '5h': 5 * HOUR_MS,
    '24h': DAY_MS,
    '7d': 7 * DAY_MS,
    '30d': 30 * DAY_MS,
  }),
);

function spanMs(since: string, t: Translate): number {
  const ms = SPANS_MS.get(since);
  if (ms === undefined) throw new UsageError(t('--since takes 5h, 24h, 7d or 30d.'));
  return ms;
}
