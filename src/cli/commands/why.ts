import { defineCommand } from '../command.ts';

export const why = defineCommand({
  name: 'why',
  group: 'failures',
  operand: '[ID]',
  options: {
    all: { kind: 'flag' },
    json: { kind: 'flag' },
    done: { kind: 'values', value: 'STEP' },
    undo: { kind: 'values', value: 'STEP' },
    'find-programs': { kind: 'flag' },
    'in-file': { kind: 'values', value: 'FILE' },
  },
  texts: t => ({
    summary: t('Why requests failed: incidents in full'),
    details: t(
      'Shows the newest incident of the last 7 days, or the one with this ID: cause, evidence, retry, steps, course and checklists ([x] done, [!] not done, [ ] not known). Sends no request.',
    ),
    options: {
      all: t('one line for each incident'),
      json: t('print one JSON object per line'),
      done: t('tick the step with this number, for the dashboard and the ticket'),
      undo: t('remove the tick'),
      'find-programs': t('find the programs on this machine that contain KIMI_API_KEY'),
      'in-file': t('also look for it in this file, such as .env'),
    },
    examples: [
      ['kimi-quota why', t('the newest incident')],
      ['kimi-quota why --all', t('all incidents with their IDs')],
      ['kimi-quota why --done 3', t('step 3 is done')],
    ],
  }),
  run: async (values, { locale, operands: [id] }) => {
    const { all = false, json = false, done = [], undo = [] } = values;
    return (await import('../why.ts')).why({
      isList: all,
      isJson: json,
      done,
      undone: undo,
      findsPrograms: values['find-programs'] ?? values['in-file'] !== undefined,
      files: values['in-file'] ?? [],
      locale,
      ...(id === undefined ? {} : { id }),
    });
  },
});
