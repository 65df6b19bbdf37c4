import type { Translate } from '../../core/base/ports.ts';
import { defineCommand, UsageError } from '../command.ts';
import { type Guard, parseTimes } from '../../core/status/guard.ts';

export const hook = defineCommand({
  name: 'hook',
  group: 'agents',
  operand: '<AGENT>',
  options: {
    'stop-below': { kind: 'value', value: 'PERCENT' },
    between: { kind: 'value', value: 'TIMES' },
    'stop-runaway': { kind: 'flag' },
  },
  texts: t => ({
    summary: t('Answer a hook of claude-code or kimi-code'),
    details: t(
      'Reads the event on standard input. Asks the agent to wait before it starts sub-agents at the parallel limit or without quota; silent where nothing is known. kimi-quota setup registers it.',
    ),
    options: {
      'stop-below': t('also stop steps below this share of the longest quota'),
      between: t('only at these times of the day, such as 22:00-07:00'),
      'stop-runaway': t('also stop steps while retries cannot succeed'),
    },
    examples: [
      ['kimi-quota setup claude-code', t('register the hook')],
      [
        'kimi-quota hook kimi-code --stop-below 10 --between 22:00-07:00',
        t('keep a reserve at night'),
      ],
    ],
  }),
  run: async (values, { locale, operands: [agent = ''] }) => {
    if (agent !== 'claude-code' && agent !== 'kimi-code')
      throw new UsageError(locale.t('{0} takes {1}.', 'hook', 'claude-code, kimi-code'));
    const guard = guardOf(values, locale.t);
    return (await import('../hook.ts')).answerHook({ agent, guard, locale });
  },
});

function guardOf(
  values: {
    readonly 'stop-below'?: string;
    readonly between?: string;
    readonly 'stop-runaway'?: boolean;
  },
  t: Translate,
): Guard {
  const { 'stop-below': below, between, 'stop-runaway': stopsRunaway = false } = values;
  if (below !== undefined && !/^\d{1,2}$/.test(below))
    throw new UsageError(t('--stop-below takes 0 to 99.'));
  const times = between === undefined ? undefined : parseTimes(between);
  if (between !== undefined && !times)
    throw new UsageError(t('--between takes times such as 22:00-07:00.'));
  return {
    stopsRunaway,
    ...(below === undefined ? {} : { stopBelowPercent: Number(below) }),
    ...(times ? { between: times } : {}),
  };
}
