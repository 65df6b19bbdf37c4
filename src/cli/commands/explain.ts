import { defineCommand } from '../command.ts';

export const explain = defineCommand({
  name: 'explain',
  group: 'failures',
  operand: '[FILE]',
  options: { json: { kind: 'flag' }, jsonl: { kind: 'flag' } },
  texts: t => ({
    summary: t('Explain an error text'),
    details: t('Reads FILE, or standard input without FILE or with -. Sends no request.'),
    options: {
      json: t('print a JSON object'),
      jsonl: t('read one JSON object per line and print one for each'),
    },
    examples: [
      ['kimi-quota explain error.txt', t('cause, retry and steps')],
      ["echo '429 Too Many Requests' | kimi-quota explain", t('the same for a text')],
    ],
  }),
  run: async ({ json, jsonl }, { locale, operands: [file = '-'] }) =>
    (await import('../explain.ts')).explain({
      format: jsonl ? 'jsonl' : json ? 'json' : 'text',
      file,
      locale,
    }),
});
