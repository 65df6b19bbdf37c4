import { defineCommand } from '../command.ts';

export const team = defineCommand({
  name: 'team',
  group: 'quota',
  options: { json: { kind: 'flag' } },
  texts: t => ({
    summary: t('Show what the other machines of your account report'),
    details: t(
      'Shows the numbers that the editor or `kimi-quota watch --query` read in the last minute. Sends no request.',
    ),
    options: { json: t('print a JSON object') },
    examples: [['kimi-quota team', t('requests in flight on each machine')]],
  }),
  run: async ({ json = false }, { locale }) =>
    (await import('../metrics.ts')).team({ isJson: json, locale }),
});
