import { defineCommand } from '../command.ts';
import { logCallOf } from './logCall.ts';

export const watch = defineCommand({
  name: 'watch',
  group: 'failures',
  options: {
    home: { kind: 'value', value: 'DIR' },
    file: { kind: 'values', value: 'GLOB' },
    json: { kind: 'flag' },
    requests: { kind: 'flag' },
  },
  texts: t => ({
    summary: t("Follow agents' logs and print failures as they happen"),
    details: t('Runs until it is interrupted. Prints an incident again when it changes.'),
    options: {
      home: t('another home folder, with the folder tmp next to it'),
      file: t('another log to read, or a glob in quotes; repeatable'),
      json: t('print one JSON object per line'),
      requests: t('also print requests that started and ended'),
    },
    examples: [['kimi-quota watch --json', t('one JSON object per failure or incident')]],
  }),
  run: async (values, { locale }) => (await import('../scan.ts')).watch(logCallOf(values, locale)),
});
