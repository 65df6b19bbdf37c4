import type { Translate } from '../../core/base/ports.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../core/base/time.ts';
import type { Goal } from '../../core/status/opening.ts';
import { defineCommand, UsageError } from '../command.ts';

export const wait = defineCommand({
  name: 'wait',
  group: 'agents',
  operand: '[COMMAND...]',
  options: {
    for: { kind: 'value', value: 'GOAL' },
    max: { kind: 'value', value: 'TIME' },
    json: { kind: 'flag' },
  },
  texts: t => ({
    summary: t('Wait until requests pass, then run a command'),
    details: t(
      'Waits for the reset of the quota that blocks, for a rate limit to end, or for a free parallel slot. Ends up to 30 s later, at random, so that waiting machines do not start together.',
    ),
    options: {
      for: t('go (default): requests pass; 5h or week: that quota has reset'),
      max: t('the longest wait, such as 90m or 6h; default: 6h'),
      json: t('print a JSON object'),
    },
    examples: [
      ['kimi-quota wait && ./start-agents.sh', t('start when requests pass')],
      ['kimi-quota wait --for 5h --max 6h -- claude -p "continue"', t('continue after the reset')],
    ],
  }),
  run: async ({ for: goal = 'go', max = '6h', json = false }, { locale, operands }) => {
    if (!isGoal(goal)) throw new UsageError(locale.t('--for takes go, 5h or week.'));
    const maxMs = timeMs(max, locale.t);
    const { wait: run } = await import('../wait.ts');
    return run({ goal, maxMs, isJson: json, command: operands, locale });
  },
});

const isGoal = (text: string): text is Goal => ['go', '5h', 'week'].includes(text);

const UNITS_MS: Readonly<Record<string, number>> = {
  s: SECOND_MS,
  m: MINUTE_MS,
  h: HOUR_MS,
  d: 24 * HOUR_MS,
};

function timeMs(text: string, t: Translate): number {
  const [, count, unit = ''] = /^(\d{1,4})([smhd])$/.exec(text) ?? [];
  const unitMs = UNITS_MS[unit];
  if (unitMs === undefined)
    throw new UsageError(t('--max takes a time such as 30s, 90m, 6h or 7d.'));
  return Number(count) * unitMs;
}
