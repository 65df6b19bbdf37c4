import type { Translate } from '../ports.ts';
import type { PanelLabels } from './panelMessages.ts';

/** The page's own few words in the user's language. */
export function panelLabels(t: Translate): PanelLabels {
  return { ...sectionLabels(t), ...historyLabels(t), ...detailLabels(t) };
}

const sectionLabels = (t: Translate) => ({
  present: t('Now'),
  history: t('History'),
  incidents: t('Incidents'),
  inFlight: t('Running requests'),
  binding: t('stops you first'),
  filterAgent: t('Agent'),
  filterCause: t('Cause'),
  filterOpen: t('Only what is going on'),
  all: t('All'),
  showAll: t('Show all {0} incidents', '{0}'),
  noneMatch: t('No incident fits these filters.'),
  unknown: t('unknown'),
});

const historyLabels = (t: Translate) => ({
  chart: t('What was left of each window. Arrow keys move along the chart.'),
  showAsTable: t('Show as table'),
  showAsChart: t('Show as chart'),
  time: t('Time'),
  reset: t('Reset'),
  span24h: t('24 hours'),
  span7d: t('7 days'),
  span30d: t('30 days'),
});

const detailLabels = (t: Translate) => ({
  back: t('All incidents'),
  evidence: t('Why we think so'),
  whatToDo: t('What to do'),
  retryIn: t('{0} left', '{0}'),
  retryNow: t('The wait is over.'),
  originalText: t('Original text'),
  timeline: t('Timeline'),
  failed: t('Failed'),
  succeeded: t('Answered'),
  running: t('Running'),
  where: t('Where'),
  links: t("Kimi's own pages"),
  openLog: t('Open Log at This Line'),
  copyTicket: t('Copy Support Ticket'),
});
