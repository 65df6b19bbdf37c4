import { agentName } from '../core/agents/signal.ts';
import { moneyWords } from '../core/base/format.ts';
import type { Locale } from '../core/base/ports.ts';
import type { BalanceUse } from '../core/ledger/moneyUse.ts';
import { priceSentence } from '../core/status/priceWords.ts';

/** What `kimi-quota usage` prints about balances: a line for each account, and one for each part. */
export function moneyLines(uses: readonly BalanceUse[], locale: Locale): string[] {
  const { t } = locale;
  return uses.flatMap(use => {
    const { origin, currency, used, agents, unexplained, perMillion } = use;
    const prices = priceSentence(use, locale);
    const money = (amount: number): string => moneyWords(amount, currency, locale);
    return [
      t('{0}: {1} of the balance used.', hostOf(origin), money(used)),
      ...agents.map(({ agent, money: { amount, low, high } }) =>
        t('  {0}: {1} ({2} to {3})', agentName(agent, t), money(amount), money(low), money(high)),
      ),
      ...(unexplained === undefined
        ? []
        : [t('  No agent on this machine explains at least {0}.', money(unexplained))]),
      ...(prices === undefined ? [] : [`  ${prices}`]),
      ...(perMillion === undefined
        ? [t('  Too few balance checks so far to tell who used it.')]
        : []),
    ];
  });
}

/** The same for programs, see docs/cli.md. */
export const moneyJson = (uses: readonly BalanceUse[]): readonly object[] =>
  uses.map(({ origin, from, to, currency = null, used, agents, unexplained, perMillion }) => ({
    host: hostOf(origin),
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    currency,
    used,
    agents: agents.map(({ agent, money }) => ({ agent, ...money })),
    unexplained: unexplained ?? 0,
    pricePerMillion: perMillion ?? null,
  }));

const hostOf = (origin: string): string => URL.parse(origin)?.hostname ?? origin;
