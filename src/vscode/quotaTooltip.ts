import { MarkdownString } from 'vscode';
import type { Activity } from '../core/quota/activity.ts';
import { activityFacts } from '../core/status/activityFacts.ts';
import { accountName } from '../core/accounts/endpoint.ts';
import type { Explanation } from '../core/explain/explain.ts';
import type { Locale, Translate } from '../core/base/ports.ts';
import { largestUserLine } from '../core/status/largestUser.ts';
import { explainState } from '../core/status/explainState.ts';
import type { AccountView } from '../core/quota/quotaAccounts.ts';
import { quotaFacts, sampleNotice } from '../core/status/quotaFacts.ts';
import type { QuotaState } from '../core/quota/quotaView.ts';
import { resetWords, shareWords, type Side, windowName } from '../core/status/windowWords.ts';
import { shareBar } from '../core/base/format.ts';
import { commandIds } from '../core/commands.ts';
import { escapeMarkdown } from './markdown.ts';
import { type ArchiveHealth, memoryWords } from '../core/base/store.ts';

/** The accessible label is in the same chunk. */
export { spokenStatus } from '../core/status/quotaFacts.ts';

/** Options of a tooltip. */
export interface TooltipOptions {
  readonly locale: Locale;
  readonly side: Side;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly activity: Activity;
  /** The current incident. */
  readonly trouble?: Explanation | undefined;
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
  commandIds.setApiKey,
  commandIds.importKey,
  commandIds.openConsole,
  commandIds.openSettings,
  commandIds.explainLastError,
  commandIds.endSampleData,
] as const;

/** The tooltip's Markdown: a table per account, problems and actions. */
export function quotaTooltip(accounts: readonly AccountView[], options: TooltipOptions): string {
  const { t } = options.locale;
  const sections = accounts.map(account => accountSection(account, options));
  const links = [
    ...(accounts.some(({ view }) => view.state === 'badBaseUrl')
      ? [`[$(settings-gear) ${t('Open Settings')}](command:${commandIds.openSettings})`]
      : []),
    `[$(refresh) ${t('Refresh')}](command:${commandIds.refresh})`,
    `[$(key) ${t('Set API Key')}](command:${commandIds.setApiKey})`,
    ...(accounts.some(({ view }) => lacksKey(view.state))
      ? [`[$(search) ${t('Import Key...')}](command:${commandIds.importKey})`]
      : []),
    `[$(link-external) ${t('Open Console')}](command:${commandIds.openConsole})`,
  ];
  const parallelLimit = accounts.find(({ view }) => view.snapshot?.parallelLimit)?.view.snapshot;
  const facts = activityFacts(options.activity, options.now, {
    locale: options.locale,
    ...(parallelLimit?.parallelLimit ? { parallelLimit: parallelLimit.parallelLimit } : {}),
  });
  if (options.machine) facts.push(t('Data from {0}', options.machine));
  if (options.health?.kind === 'memory' && !options.isSample)
    facts.push(
      t('Nothing can be saved: the history ends with this window.'),
      memoryWords(options.health.reason, t),
    );
  const doings = facts.length > 0 ? [facts.map(escapeMarkdown).join('  \n')] : [];
  const trouble = options.trouble ? [troubleSection(options.trouble, t)] : [];
  const sample = options.isSample
    ? [
        `$(beaker) ${escapeMarkdown(sampleNotice(t))} [${t('End Sample Data')}](command:${commandIds.endSampleData})`,
      ]
    : [];
  return [...sample, ...trouble, ...sections, ...doings, links.join(' &nbsp; ')].join(
    '\n\n---\n\n',
  );
}

/** Likely cause, retry time and first step; text from outside is escaped. */
function troubleSection({ title, cause, retry, steps }: Explanation, t: Translate): string {
  const lines = [cause, retry, ...steps.slice(0, 1).map(({ text }) => text)];
  return [
    `**${escapeMarkdown(title)}**`,
    lines
      .filter(line => line !== '')
      .map(escapeMarkdown)
      .join('  \n'),
    `[$(info) ${t('Explain Last Error')}](command:${commandIds.explainLastError})`,
  ].join('\n\n');
}

const lacksKey = (state: QuotaState): boolean => ['signedOut', 'keyRefused'].includes(state);

/** Only these commands are trusted and HTML is off, so that text from outside is inert. */
export function trustedMarkdown(markdown: string): MarkdownString {
  const tooltip = new MarkdownString(markdown, true);
  tooltip.isTrusted = { enabledCommands: [...linked] };
  return tooltip;
}

function accountSection({ account, view }: AccountView, options: TooltipOptions): string {
  const { locale, now } = options;
  const plan = view.plan === undefined ? '' : ` · ${escapeMarkdown(view.plan)}`;
  const { happened, stillTrue, toDo } = explainState(view, locale);
  const sentences = [happened, stillTrue, toDo].filter(sentence => sentence !== '');
  const { origin = '' } = view.snapshot ?? {};
  const windowId = view.binding?.id ?? '';
  const largest = largestUserLine(options.activity, { origin, windowId }, locale);
  const facts = [...quotaFacts(view, now, locale), ...(largest ? [largest] : [])].map(
    escapeMarkdown,
  );
  return [
    `**${escapeMarkdown(accountName(account.id, locale.t))}**${plan}`,
    ...(sentences.length > 0 ? [escapeMarkdown(sentences.join(' '))] : []),
    ...(view.windows.length > 0 ? [windowTable(view.windows, options)] : []),
    ...(facts.length > 0 ? [facts.join('  \n')] : []),
  ].join('\n\n');
}

function windowTable(
  windows: AccountView['view']['windows'],
  { locale, now, side }: TooltipOptions,
): string {
  const { t } = locale;
  const rows = windows.map(window => {
    const cells = [
      escapeMarkdown(windowName(window, t)),
      // A code span gives the bar's blocks equal width.
      `\`${shareBar(window.remainingPercent, side)}\``,
      escapeMarkdown(shareWords(window, side, t)),
      `&nbsp; ${escapeMarkdown(resetWords(window, now, locale))}`,
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [`| ${t('Quota')} | | | &nbsp; ${t('Resets')} |`, '|:--|:--|--:|:--|', ...rows].join('\n');
}
