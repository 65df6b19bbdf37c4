import type { Translate } from '../../core/base/ports.ts';
import { defineCommand, UsageError } from '../command.ts';
import type { Guard } from '../../core/status/pace.ts';

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
  return {
    stopsRunaway,
    ...(below === undefined ? {} : { stopBelowPercent: Number(below) }),
    ...(between === undefined ? {} : { between: timesOf(between, t) }),
  };
}

function timesOf(text: string, t: Translate): [from: number, to: number] {
  const [, ...parts] = /^([01]?\d|2[0-3]):([0-5]\d)-([01]?\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  const [fromHour, fromMinute, toHour, toMinute] = parts.map(Number);
  if (fromHour === undefined) throw new UsageError(t('--between takes times such as 22:00-07:00.'));
  return [fromHour * 60 + fromMinute!, toHour! * 60 + toMinute!];
}
