import { defineCommand, UsageError } from '../command.ts';

export const check = defineCommand({
  name: 'check',
  group: 'quota',
  options: {
    json: { kind: 'flag' },
    line: { kind: 'flag' },
    'max-age': { kind: 'value', value: 'SECONDS' },
  },
  texts: t => ({
    summary: t('Get your quota from Kimi once'),
    details: t('Set KIMI_API_KEY to the key. Never pass a key as an option.'),
    options: {
      json: t('print a JSON object'),
      line: t('print one short line, for a status line'),
      'max-age': t('accept a response up to this old; default: always send a request'),
    },
    examples: [
      ['kimi-quota check', t('quota left, resets, and whether to start agents')],
      ['kimi-quota check --line --max-age 300', t('for a status line')],
    ],
  }),
  run: async ({ json, line, 'max-age': maxAge = '0' }, { locale }) => {
    const { t } = locale;
    if (!/^\d{1,6}$/.test(maxAge)) throw new UsageError(t('--max-age takes whole seconds.'));
    const format = json ? 'json' : line ? 'line' : 'text';
    return (await import('../check.ts')).check({ format, maxAgeMs: Number(maxAge) * 1000, locale });
  },
});
