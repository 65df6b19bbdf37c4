import { defineCommand } from '../command.ts';

export const why = defineCommand({
  name: 'why',
  group: 'failures',
  operand: '[ID]',
  options: { all: { kind: 'flag' }, json: { kind: 'flag' } },
  texts: t => ({
    summary: t('Why requests failed: incidents in full'),
    details: t(
      'Shows the newest incident of the last 7 days, or the one with this ID: cause, evidence, retry, steps and course. Sends no request.',
    ),
    options: {
      all: t('one line for each incident'),
      json: t('print one JSON object per line'),
    },
    examples: [
      ['kimi-quota why', t('the newest incident')],
      ['kimi-quota why --all', t('all incidents with their IDs')],
    ],
  }),
  run: async ({ all = false, json = false }, { locale, operands: [id] }) =>
    (await import('../why.ts')).why({
      isList: all,
      isJson: json,
      locale,
      ...(id === undefined ? {} : { id }),
    }),
});
