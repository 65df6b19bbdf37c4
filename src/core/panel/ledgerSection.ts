import { countedPoints, countedTokens } from '../base/counts.ts';
import { agentName } from '../agents/signal.ts';
import { clockWords } from '../base/format.ts';
import type { Locale, Translate } from '../base/ports.ts';
import { numberWords, windowWords } from '../explain/evidenceWords.ts';
import { BALANCE } from '../ledger/intervals.ts';
import { CLASSES, isKnown } from '../ledger/prices.ts';
import { totalOf } from '../ledger/tokens.ts';
import { LEDGER_GROUPINGS, type LedgerGrouping } from '../ledger/ledger.ts';
import {
  type LedgerBar,
  type LedgerGroup,
  type LedgerReading,
  type WhereItWent,
  whereItWent,
} from '../ledger/whereItWent.ts';
import { classNames } from '../status/priceWords.ts';
import { windowName } from '../status/windowWords.ts';
import { balanceParts } from './balanceSection.ts';

/** The section "Where it went", as plain data. The page sorts rows and draws. */
export interface LedgerSection {
  readonly title: string;
  readonly windows: readonly LedgerChoice[];
  readonly windowId: string;
  readonly groupings: readonly LedgerChoice[];
  readonly by: LedgerGrouping;
  /** The hours before an incident instead of now: its title. */
  readonly before?: string;
  readonly summary: readonly string[];
  /** One per agent, and last what no agent explains, if anything. */
  readonly series: readonly { readonly name: string; readonly isUnexplained: boolean }[];
  readonly bars: readonly PanelLedgerBar[];
  readonly columns: readonly string[];
  readonly rows: readonly LedgerRowCells[];
  /** Why there is no table. */
  readonly empty?: string;
  readonly labels: Readonly<
    Record<
      'window' | 'groupBy' | 'chart' | 'table' | 'asTable' | 'asChart' | 'now' | 'time',
      string
    >
  >;
}

/** One choice of a control. */
interface LedgerChoice {
  readonly id: string;
  readonly name: string;
}

/** One slice of time: a value and its text for each of `series`. */
interface PanelLedgerBar {
  readonly time: string;
  readonly values: readonly number[];
  readonly words: readonly string[];
}

/** A row of the table: texts, and what each column sorts by. */
interface LedgerRowCells {
  readonly cells: readonly string[];
  readonly sortBy: readonly (number | string)[];
}

/** Input of the section. */
export interface LedgerSectionInput {
  /** Undefined without an account that was read. */
  readonly reading?: LedgerReading;
  readonly windowId: string;
  readonly by: LedgerGrouping;
  readonly before?: string;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly locale: Locale;
}

/** Puts where a window went into words and numbers. Pure. */
export function ledgerSection(input: LedgerSectionInput): LedgerSection {
  const { reading, by, before, locale } = input;
  const { t } = locale;
  if (reading?.history.at(-1)?.balance)
    return {
      title: t('Where it went'),
      windows: [{ id: BALANCE, name: t('Balance') }],
      windowId: BALANCE,
      groupings: [{ id: 'agent', name: groupingName('agent', t) }],
      by: 'agent',
      ...(before === undefined ? {} : { before }),
      ...{ series: [], bars: [] },
      ...balanceParts(reading, input),
      labels: labels(t),
    };
  const ids = reading?.history.at(-1)?.windows.map(({ id }) => id) ?? [];
  const windowId = ids.includes(input.windowId) ? input.windowId : (ids[0] ?? input.windowId);
  const found = reading && whereItWent(reading, { windowId, by, locale });
  const isUsed = found !== undefined && (found.groups.length > 0 || found.unexplained);
  return {
    title: t('Where it went'),
    windows: ids.map(id => ({ id, name: windowName({ id } as never, t) })),
    windowId,
    groupings: LEDGER_GROUPINGS.map(id => ({ id, name: groupingName(id, t) })),
    by,
    ...(before === undefined ? {} : { before }),
    summary: found ? summaryOf(found, input) : [],
    ...(isUsed ? { ...chartOf(found, input), ...tableOf(found, input) } : NOTHING),
    ...(isUsed ? {} : { empty: t('No agent on this machine logged tokens in this time.') }),
    labels: labels(t),
  };
}

const NOTHING = { series: [], bars: [], columns: [], rows: [] };

const labels = (t: Translate): LedgerSection['labels'] => ({
  window: t('Quota'),
  groupBy: t('Group by'),
  chart: t('What each agent used over time. Use the arrow keys to move along the chart.'),
  table: t('What each part used'),
  asTable: t('Show as table'),
  asChart: t('Show as chart'),
  now: t('Show Now'),
  time: t('Time'),
});

function groupingName(by: LedgerGrouping, t: Translate): string {
  switch (by) {
    case 'agent':
      return t('Agent');
    case 'model':
      return t('Model');
    case 'project':
      return t('Project');
    case 'session':
      return t('Session');
    case 'day':
      return t('Day');
  }
}

/** With one decimal. */
function shownPoints(value: number, locale: Locale): string {
  const points = Math.round(value * 10) / 10;
  return countedPoints(points, locale.t, numberWords(points, locale));
}

// Creating a format takes as long as formatting a hundred numbers.
const LARGE = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 2 });
const SMALL = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

/** `1.3 M`, `840 K`, `120`. */
function tokenWords(count: number, locale: Locale): string {
  const format = count < 1000 ? SMALL : LARGE;
  return count < 1
    ? '0'
    : format
        .format(Math.round(count))
        .replace(/(?<=\d)(?=[KMB])/, locale.language.startsWith('zh') ? '' : ' ');
}

function summaryOf(found: WhereItWent, { now, locale }: LedgerSectionInput): string[] {
  const { t } = locale;
  const { windowId, used, explained, unexplained, tokensPerPercent, drift, machines } = found;
  const name = windowWords(windowId, t);
  return [
    t('{0}% of the {1} used.', Math.round(used), name),
    ...(explained
      ? [
          t(
            'Agents on this machine: {0} ({1} to {2}).',
            countedPoints(round(explained.points), t),
            round(explained.low),
            round(explained.high),
          ),
        ]
      : [
          t(
            'Not yet known: what a token costs in percent. More checks of the quota while agents run will show it; until then, shares are of the tokens on this machine.',
          ),
        ]),
    ...(machines.length > 0
      ? [t('Other machines, by their reports: {0}.', machineWords(machines, t))]
      : []),
    ...(unexplained
      ? [
          t(
            'No agent on this machine explains {0} ({1} to {2}): another device, a shared or leaked key, or an agent without token counts in its log.',
            countedPoints(unexplained.points, t),
            clockWords(unexplained.from, now, locale),
            clockWords(unexplained.to, now, locale),
          ),
        ]
      : []),
    ...(tokensPerPercent === undefined
      ? []
      : [
          t('1% of the {0} is worth about {1} tokens.', name, tokenWords(tokensPerPercent, locale)),
        ]),
    ...[...pricesLines(found, locale), ...modelLines(found, locale)],
    ...(drift
      ? [
          t(
            'This changed: 1% was worth about {0} tokens in the weeks before, and {1} this week.',
            tokenWords(drift.before, locale),
            tokenWords(drift.now, locale),
          ),
        ]
      : []),
  ];
}

/** What the classes cost whose prices are known, and which are not. */
function pricesLines({ prices }: WhereItWent, { t, language }: Locale): string[] {
  if (!prices) return [];
  const list = (parts: readonly string[]): string => parts.join(t(', '));
  const number = new Intl.NumberFormat(language, { maximumSignificantDigits: 2 });
  const names = classNames(t);
  const known = CLASSES.filter(name => isKnown(prices, name));
  const costs = known.map(name => `${names[name]} ${number.format(prices.perMillion[name])}`);
  const others = CLASSES.filter(name => !known.includes(name)).map(name => names[name]);
  if (others.length === 0) return [t('Points per million tokens: {0}.', list(costs))];
  const unknown = list(others);
  return costs.length === 0
    ? [t('Points per million tokens: not yet known by class.')]
    : [t('Points per million tokens: {0}. Not yet known: {1}.', list(costs), unknown)];
}

/** A price is named whose error is at most this part of it, if it is another one at all. */
const KNOWN_ERROR = 0.1;
const LEAST_DIFFERENCE = 0.15;

const modelLines = ({ models }: WhereItWent, { t, language }: Locale): string[] =>
  models
    .filter(({ factor, error }) => error <= KNOWN_ERROR * factor)
    .filter(({ main }) => Math.abs(main.times - 1) >= LEAST_DIFFERENCE)
    .map(({ model, main }) => {
      const times = new Intl.NumberFormat(language, { maximumSignificantDigits: 2 });
      return t('{0} costs {1} times as much as {2}.', model, times.format(main.times), main.model);
    });

const round = (points: number): number => Math.round(points);

/** Most machines in a sentence: the section of the team has all. */
const MOST_MACHINES = 5;

const machineWords = (machines: WhereItWent['machines'], t: Translate): string =>
  machines
    .slice(0, MOST_MACHINES)
    .map(({ machine, points }) => `${machine} ${countedPoints(round(points), t)}`)
    .join(t(', '));

function chartOf(found: WhereItWent, { now, locale }: LedgerSectionInput) {
  const { t } = locale;
  const { agents, bars, unexplained, prices } = found;
  const words = (value: number): string =>
    prices
      ? shownPoints(value, locale)
      : countedTokens(value * 1e6, t, tokenWords(value * 1e6, locale));
  const timeOf = ({ from, to }: LedgerBar): string =>
    t('{0} to {1}', clockWords(from, now, locale), clockWords(to, now, locale));
  return {
    series: [
      ...agents.map(agent => ({ name: agentName(agent, t), isUnexplained: false })),
      ...(unexplained ? [{ name: t('Unexplained'), isUnexplained: true }] : []),
    ],
    bars: bars
      .filter(({ from }) => from < now)
      .map(bar => ({
        time: timeOf(bar),
        values: [
          ...bar.values,
          ...(unexplained && prices ? [bar.unexplained] : unexplained ? [0] : []),
        ],
        words: [
          ...bar.values.map(words),
          ...(unexplained ? [shownPoints(bar.unexplained, locale)] : []),
        ],
      })),
  };
}

function tableOf(found: WhereItWent, { by, locale }: LedgerSectionInput) {
  const { t } = locale;
  const columns = [
    groupingName(by, t),
    found.prices ? t('Points') : t('Share'),
    t('Sub-agents'),
    t('Input'),
    t('Cache read'),
    t('Cache write'),
    t('Output'),
    t('Cached'),
    t('Requests'),
    t('Failed'),
  ];
  const rows = found.groups.map(group => rowOf(group, by, locale));
  const { unexplained } = found;
  if (unexplained) rows.push(unexplainedRow(unexplained.points, columns.length, t));
  return { columns, rows };
}

function rowOf(group: LedgerGroup, by: LedgerGrouping, locale: Locale): LedgerRowCells {
  const { t } = locale;
  const { tokens, points, sharePercent, subagentPercent, answers, failures } = group;
  const all = totalOf(tokens);
  const inputs = tokens.input + tokens.cacheRead + tokens.cacheWrite;
  const cached = inputs === 0 ? 0 : (100 * tokens.cacheRead) / inputs;
  const name = nameOf(group, by, t);
  const size = points ? pointWords(points, t) : `${Math.round(sharePercent)}%`;
  const count = (value: number): string => tokenWords(value, locale);
  return {
    cells: [
      name,
      size,
      all === 0 ? '' : `${Math.round((100 * subagentPercent) / (sharePercent || 1))}%`,
      count(tokens.input),
      count(tokens.cacheRead),
      count(tokens.cacheWrite),
      count(tokens.output),
      `${Math.round(cached)}%`,
      numberWords(answers, locale),
      numberWords(failures, locale),
    ],
    sortBy: [
      by === 'day' ? (group.key ?? '') : name,
      sharePercent,
      subagentPercent,
      tokens.input,
      tokens.cacheRead,
      tokens.cacheWrite,
      tokens.output,
      cached,
      answers,
      failures,
    ],
  };
}

/** `21 (18 to 24)`. */
function pointWords(
  { points, low, high }: NonNullable<LedgerGroup['points']>,
  t: Translate,
): string {
  if (high < 0.5) return t('under 1');
  return Math.round(low) === Math.round(high)
    ? String(Math.round(points))
    : t('{0} ({1} to {2})', Math.round(points), Math.round(low), Math.round(high));
}

function unexplainedRow(points: number, width: number, t: Translate): LedgerRowCells {
  const rest = Array.from({ length: width - 2 }, () => '');
  return {
    cells: [t('Unexplained'), t('at least {0}', points), ...rest],
    sortBy: [t('Unexplained'), points, ...rest.map(() => 0)],
  };
}

/** Names of models and projects are untrusted text: the page shows them as text. */
function nameOf({ key, agent }: LedgerGroup, by: LedgerGrouping, t: Translate): string {
  if (by === 'agent') return agentName(agent, t);
  if (key === undefined) return t('unknown');
  return by === 'session' ? `${agentName(agent, t)} ${shortSession(key)}` : key;
}

/** Sessions are long ids: their end is enough to tell them apart. */
const shortSession = (session: string): string => session.slice(-8);
