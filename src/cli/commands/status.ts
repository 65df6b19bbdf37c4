import { defineCommand } from '../command.ts';

export const status = defineCommand({
  name: 'status',
  group: 'quota',
  options: {},
  texts: t => ({
    summary: t('Live view of quota, requests in flight and incidents'),
    details: t(
      'Shows what a window or kimi-quota watch has stored, and sends no request. Ends with q. Where the output is no terminal, prints once.',
    ),
    options: {},
    examples: [
      ['kimi-quota status', t('the live view')],
      ['NO_COLOR=1 kimi-quota status', t('without colors')],
    ],
  }),
  run: async (_values, { locale }) => (await import('../status.ts')).status(locale),
});
