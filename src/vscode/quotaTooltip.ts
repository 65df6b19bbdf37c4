import { MarkdownString } from 'vscode';
import type { Activity } from '../core/quota/activity.ts';
import { accountName } from '../core/accounts/endpoint.ts';
import type { Locale, Translate } from '../core/base/ports.ts';
import { largestUserLine } from '../core/status/largestUser.ts';
import { isDoubted } from '../core/status/headline.ts';
import type { HeadlineWords } from '../core/status/headlineWords.ts';
import type { AccountView } from '../core/quota/quotaAccounts.ts';
import { providerOf } from '../core/quota/team.ts';
import { agentName } from '../core/agents/signal.ts';
import { contradictionFacts, sampleNotice } from '../core/status/quotaFacts.ts';
import { slotUse, whereWords } from '../core/status/slots.ts';
import type { WindowView } from '../core/quota/quotaView.ts';
import { shareWords, type Side, windowName } from '../core/status/windowWords.ts';
import { ageWords, balanceWords, durationWords, shortMoment } from '../core/base/format.ts';
import { quotaBar } from './quotaBar.ts';
import { commandIds } from '../core/commands.ts';
import { escapeMarkdown } from './markdown.ts';
import { type ArchiveHealth, memoryWords } from '../core/base/store.ts';

/** In the same chunk: the accessible label and the headline. */
export { headlineWords } from '../core/status/headlineWords.ts';
export { spokenStatus } from '../core/status/quotaFacts.ts';

/** Options of a tooltip. */
export interface TooltipOptions {
  readonly locale: Locale;
  readonly side: Side;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly activity: Activity;
  /** What matters now, of the primary account. */
  readonly headline: HeadlineWords;
  /** The remote machine of the data. */
  readonly machine?: string | undefined;
  /** Whether data can be saved. */
  readonly health?: ArchiveHealth;
  /** Sample data is shown. */
  readonly isSample?: boolean;
}

/** The only commands that links in the tooltip can run. */
const linked = [
  commandIds.refresh,
  commandIds.connect,
  commandIds.setApiKey,
  commandIds.openSettings,
  commandIds.openPanel,
  commandIds.selfCheck,
  commandIds.copyFix,
  commandIds.openFailureLog,
  commandIds.explainLastError,
  commandIds.endSampleData,
] as const;

/**
 * The tooltip's Markdown: what matters now with its fix, then a bar for each quota, then links. Text
 * from outside is escaped.
 */
export function quotaTooltip(accounts: readonly AccountView[], options: TooltipOptions): string {
  const { headline, locale, isSample } = options;
  const { t } = locale;
  const sample = isSample
    ? [
        `$(beaker) ${escapeMarkdown(sampleNotice(t))} ${link('close', t('End Sample Data'), commandIds.endSampleData)}`,
      ]
    : [];
  const head = headline.title === '' ? [] : [headlineSection(headline, locale)];
  const sections = accounts
    .filter(({ view }) => view.windows.length > 0 || view.snapshot?.balance)
    .map(account => accountSection(account, accounts.length > 1, options));
  return [...sample, ...head, ...sections, footer(accounts, options)].join('\n\n---\n\n');
}

const link = (icon: string, label: string, command: string): string =>
  `[$(${icon}) ${escapeMarkdown(label)}](command:${command})`;

/** Cause and numbers, now, next time, and links. */
function headlineSection(headline: HeadlineWords, { t }: Locale): string {
  const { title, numbers, now, next, code } = headline;
  const { incident } = headline.headline;
  const isFault = headline.action !== undefined && headline.headline.kind === 'state';
  const links = [
    ...(isFault && headline.action !== 'connect'
      ? [link('tools', t('Troubleshoot'), commandIds.selfCheck)]
      : []),
    ...(headline.action === 'connect' ? [link('plug', t('Connect'), commandIds.connect)] : []),
    ...(headline.action === 'enterKey'
      ? [link('key', t('Enter Key Again'), commandIds.setApiKey)]
      : []),
    ...(incident ? [link('question', t('Why?'), commandIds.explainLastError)] : []),
    ...(code === undefined ? [] : [link('copy', t('Copy Setting'), commandIds.copyFix)]),
    ...(incident ? [link('go-to-file', t('Open Log'), commandIds.openFailureLog)] : []),
  ];
  const label = code === undefined ? '' : ` \`${code}\``;
  const nextTime =
    code === undefined
      ? escapeMarkdown(next)
      : `${escapeMarkdown(t('Next time: set or run'))}${label}`;
  return [
    [`**${escapeMarkdown(title)}**`, escapeMarkdown(numbers)].filter(Boolean).join(' · '),
    [now === '' ? '' : escapeMarkdown(now), nextTime].filter(Boolean).join('  \n'),
    links.join(' &nbsp; '),
  ]
    .filter(part => part !== '')
    .join('\n\n');
}

function inFlightFacts(
  activity: Activity,
  accounts: readonly AccountView[],
  t: Translate,
): string[] {
  const ofTeam = accounts.flatMap(account => {
    const use = slotUse(activity, providerOf(account.account));
    const where = use ? whereWords(use, t) : '';
    if (!use || where === '') return [];
    const limit = account.view.snapshot?.parallelLimit;
    return limit === undefined
      ? [t('{0} in flight: {1}.', use.total, where)]
      : [t('{0} of {1} in flight: {2}.', use.total, limit, where)];
  });
  if (ofTeam.length > 0) return ofTeam;
  const total = activity.inFlight?.total;
  const limit = accounts.find(({ view }) => view.snapshot?.parallelLimit !== undefined)?.view
    .snapshot?.parallelLimit;
  if (limit !== undefined)
    return total === undefined
      ? [t('Parallel limit: {0}.', limit)]
      : [t('Requests in flight: {0} of {1}.', total, limit)];
  return total ? [t('Requests in flight on this machine: {0}.', total)] : [];
}

/** Where nothing is wrong now: the last failure, without its text. */
function lastFailureFact({ activity, headline, now, locale }: TooltipOptions): string[] {
  const { lastFailure } = activity;
  if (!lastFailure || headline.headline.kind !== 'state') return [];
  const { agent, at } = lastFailure.signal;
  const age = ageWords(Math.max(0, now - at), locale.t);
  return [locale.t('Last failure: {0}, {1}.', agentName(agent, locale.t), age)];
}

function footer(accounts: readonly AccountView[], options: TooltipOptions): string {
  const { activity, health, isSample, locale, machine } = options;
  const { t } = locale;
  const facts = [
    ...accounts.flatMap(({ view }) => contradictionFacts(view, locale)),
    ...inFlightFacts(activity, accounts, t),
    ...lastFailureFact(options),
    ...(machine ? [t('Data from {0}', machine)] : []),
    ...(health?.kind === 'memory' && !isSample
      ? [
          t('Nothing can be saved: the history ends with this window.'),
          memoryWords(health.reason, t),
        ]
      : []),
  ];
  const links = [
    link('graph-line', t('Open Dashboard'), commandIds.openPanel),
    link('refresh', t('Refresh'), commandIds.refresh),
    link('settings-gear', t('Settings'), commandIds.openSettings),
  ].join(' &nbsp; ');
  return [...(facts.length > 0 ? [facts.map(escapeMarkdown).join('  \n')] : []), links].join(
    '\n\n',
  );
}

/** Only these commands are trusted and HTML is off, so that text from outside is inert. */
export function trustedMarkdown(markdown: string): MarkdownString {
  const tooltip = new MarkdownString(markdown, true);
  tooltip.isTrusted = { enabledCommands: [...linked] };
  return tooltip;
}

/** Name, plan and age in one line, then a bar for each quota. */
function accountSection(
  { account, view }: AccountView,
  isOneOfSeveral: boolean,
  options: TooltipOptions,
): string {
  const { locale } = options;
  const { t } = locale;
  const balance = view.snapshot?.balance;
  const heading = [
    `**${escapeMarkdown(accountName(account.id, t))}**`,
    ...(view.plan === undefined ? [] : [escapeMarkdown(view.plan)]),
    ...(balance ? [escapeMarkdown(balanceWords(balance, locale))] : []),
    ...(view.ageMs === undefined
      ? []
      : [escapeMarkdown(t('Updated {0}', ageWords(view.ageMs, t)))]),
  ].join(' · ');
  const { origin = '' } = view.snapshot ?? {};
  const windowId = view.binding?.id ?? '';
  const largest = largestUserLine(options.activity, { origin, windowId }, locale);
  return [
    ...(isOneOfSeveral || view.plan || view.ageMs !== undefined ? [heading] : []),
    ...(view.windows.length > 0 ? [windowTable(view.windows, options)] : []),
    ...(largest ? [escapeMarkdown(largest)] : []),
  ].join('\n\n');
}

function windowTable(windows: AccountView['view']['windows'], options: TooltipOptions): string {
  const { headline, locale, side } = options;
  const { t } = locale;
  const rows = windows.map(window => {
    const { remainingPercent } = window;
    // Older than the failures that contradict it.
    const isUnsure = isDoubted(window, headline.headline);
    const cells = [
      escapeMarkdown(windowName(window, t)),
      isUnsure || remainingPercent === undefined ? '' : quotaBar(remainingPercent, side),
      isUnsure ? escapeMarkdown(t('used up')) : escapeMarkdown(shareWords(window, side, t)),
      `&nbsp; ${escapeMarkdown(resetsIn(window, options))}`,
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [`| | | | |`, '|:--|:--|--:|:--|', ...rows].join('\n');
}

/** The duration first, then the time of day; the zone is the reader's own. */
function resetsIn(
  { isResetting, resetsInMs }: WindowView,
  { locale, now }: TooltipOptions,
): string {
  const { t } = locale;
  if (resetsInMs === undefined || isResetting) return '';
  const moment = shortMoment(now + resetsInMs, now, locale);
  return t('resets in {0} ({1})', durationWords(resetsInMs, t), moment);
}
