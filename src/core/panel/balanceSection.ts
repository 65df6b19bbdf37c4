import { agentName } from '../agents/signal.ts';
import { moneyWords } from '../base/format.ts';
import type { Locale } from '../base/ports.ts';
import { DAY_MS } from '../base/time.ts';
import { type MoneyUse, moneyByAgent, moneyUse } from '../ledger/moneyUse.ts';
import type { LedgerReading } from '../ledger/whereItWent.ts';
import { priceSentence } from '../status/priceWords.ts';

const SPAN_MS = 7 * DAY_MS;

/** What differs in the section of an account with a balance instead of quotas. */
interface BalanceParts {
  readonly summary: readonly string[];
  readonly columns: readonly string[];
  readonly rows: readonly BalanceRow[];
  /** Why there is no table. */
  readonly empty?: string;
}

interface BalanceRow {
  readonly cells: readonly string[];
  readonly sortBy: readonly (number | string)[];
}

/** Where the money of the last week went, in words and numbers. Pure. */
export function balanceParts(
  reading: LedgerReading,
  { now, locale }: { readonly now: number; readonly locale: Locale },
): BalanceParts {
  const { t } = locale;
  const since = now - SPAN_MS;
  const use = moneyUse({ ...reading, since });
  if (!use)
    return { ...NO_TABLE, summary: [], empty: t('The balance has been checked only once so far.') };
  const { used, currency, explained, unexplained } = use;
  const money = (amount: number): string => moneyWords(amount, currency, locale);
  const all = t('{0} of the balance used in the last 7 days.', money(used));
  if (!explained)
    return {
      ...NO_TABLE,
      summary: [all],
      empty: t('Not yet known: what a token costs. More checks while agents run will show it.'),
    };
  const prices = priceSentence(use, locale);
  return {
    summary: [
      all,
      t(
        'Agents on this machine: {0} ({1} to {2}).',
        ...([explained.amount, explained.low, explained.high].map(money) as [string, ...string[]]),
      ),
      ...(unexplained === undefined
        ? []
        : [
            t(
              'No agent on this machine explains at least {0}: another device, a shared or leaked key, or an agent without token counts in its log.',
              money(unexplained),
            ),
          ]),
      ...(prices === undefined ? [] : [prices]),
    ],
    columns: [t('Agent'), t('Money')],
    rows: rowsOf(use, moneyByAgent(use, reading.rows), locale),
  };
}

function rowsOf(
  { unexplained, currency }: MoneyUse,
  agents: ReturnType<typeof moneyByAgent>,
  locale: Locale,
): BalanceRow[] {
  const { t } = locale;
  const words = (amount: number): string => moneyWords(amount, currency, locale);
  const own = agents.map(({ agent, money: { amount, low, high } }) => ({
    cells: [agentName(agent, t), t('{0} ({1} to {2})', words(amount), words(low), words(high))],
    sortBy: [agentName(agent, t), amount],
  }));
  if (unexplained === undefined) return own;
  const name = t('Unexplained');
  const rest = {
    cells: [name, t('at least {0}', words(unexplained))],
    sortBy: [name, unexplained],
  };
  return [...own, rest];
}

const NO_TABLE = { columns: [], rows: [] };
