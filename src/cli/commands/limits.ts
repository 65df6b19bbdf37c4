import { defineCommand } from '../command.ts';

export const limits = defineCommand({
  name: 'limits',
  group: 'quota',
  options: {},
  texts: t => ({
    summary: t('Known limits of your accounts, and what is used of them'),
    details: t(
      'Parallel requests, requests and tokens per minute or day, from stored answers of Kimi and from error texts, with their date; how many requests of your size a 5-hour quota holds. Sends no request.',
    ),
    options: {},
    examples: [['kimi-quota limits', t('all accounts')]],
  }),
  run: async (_, { locale }) => (await import('../limits.ts')).limits(locale),
});
