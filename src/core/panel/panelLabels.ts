import type { Translate } from '../base/ports.ts';

/** Labels of the page in the user's language. */
export function panelLabels(t: Translate): PanelLabels {
  return { ...sectionLabels(t), ...historyLabels(t), ...detailLabels(t) };
}

const sectionLabels = (t: Translate) => ({
  now: t('Now'),
  history: t('History'),
  incidents: t('Incidents'),
  failures: t('What failed'),
  failuresSpan: t('last 7 days'),
  accounts: t('Accounts'),
  refresh: t('Refresh'),
  openDashboard: t('Open Dashboard'),
  recent: t('Recent'),
  filters: t('Filters'),
  filterOpen: t('Ongoing'),
  all: t('All'),
  showAll: t('Show all {0} incidents', '{0}'),
  noneMatch: t('No incidents match these filters.'),
  limit: t('Limit'),
  limitValue: t('Value'),
  limitUsed: t('In use'),
  limitSource: t('Source'),
  evenPace: t('Mark: left at an even pace'),
  copy: t('Copy'),
  copied: t('Copied'),
});

const historyLabels = (t: Translate) => ({
  chart: t('Quota left over time. Use the arrow keys to move along the chart.'),
  showAsTable: t('Show as table'),
  showAsChart: t('Show as chart'),
  time: t('Time'),
  span24h: t('24 hours'),
  span7d: t('7 days'),
  span30d: t('30 days'),
});

const detailLabels = (t: Translate) => ({
  back: t('All incidents'),
  evidence: t('Why this cause'),
  usedBefore: t('Where your quota went before this'),
  moreEvidence: t('Show all {0} reasons', '{0}'),
  whatToDo: t('What to do'),
  nextTime: t('Next time'),
  then: t('What happened'),
  retryIn: t('{0} left', '{0}'),
  retryNow: t('You can retry now.'),
  originalText: t('Error text'),
  timeline: t('Timeline'),
  failed: t('Failed'),
  succeeded: t('Succeeded'),
  running: t('In flight'),
  where: t('Where'),
  links: t('Kimi pages'),
  openLog: t('Open Log at This Line'),
  copyTicket: t('Create Support Ticket'),
  directTest: t('Direct test'),
  directHint: t(
    'One request without the agent shows whether the account refuses, or something else.',
  ),
  checklist: t('Checklist'),
  ids: t('IDs for Kimi support'),
});

/** The labels of the page in the user's language, by their place. */
export type PanelLabels = Readonly<Record<PanelLabel, string>>;

/** All labels, so that no language misses one. */
export const PANEL_LABELS = [
  'now',
  'history',
  'incidents',
  'failures',
  'failuresSpan',
  'accounts',
  'refresh',
  'openDashboard',
  'recent',
  'chart',
  'showAsTable',
  'showAsChart',
  'time',
  'span24h',
  'span7d',
  'span30d',
  'filters',
  'filterOpen',
  'all',
  'noneMatch',
  'showAll',
  'back',
  'evidence',
  'usedBefore',
  'moreEvidence',
  'whatToDo',
  'nextTime',
  'then',
  'retryIn',
  'retryNow',
  'originalText',
  'timeline',
  'failed',
  'succeeded',
  'running',
  'where',
  'links',
  'openLog',
  'copyTicket',
  'directTest',
  'directHint',
  'checklist',
  'ids',
  'copy',
  'copied',
  'limit',
  'limitValue',
  'limitUsed',
  'limitSource',
  'evenPace',
] as const;

/** One of `PANEL_LABELS`. */
export type PanelLabel = (typeof PANEL_LABELS)[number];
