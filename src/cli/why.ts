import type { Locale } from '../core/base/ports.ts';
import { ageWords, clockWords } from '../core/base/format.ts';
import { DAY_MS } from '../core/base/time.ts';
import { checklistsOf, checklistText } from '../core/diagnosis/checklist.ts';
import { EMPTY_CHECKLIST, loadChecklist } from '../core/diagnosis/checklistState.ts';
import { loadDirectResults } from '../core/diagnosis/directResults.ts';
import { explain, incidentTitle } from '../core/explain/explain.ts';
import { incidentReport } from '../core/explain/incidentReport.ts';
import type { Incident } from '../core/incidents/incident.ts';
import { UsageError } from './command.ts';
import { displayWidth, padToWidth } from './displayWidth.ts';
import { openArchive } from './machine.ts';
import { printJson, printLine, printText } from './output.ts';

/** A call of `kimi-quota why`. */
export interface WhyCall {
  /** Default: the newest incident. */
  readonly id?: string;
  readonly isList: boolean;
  readonly isJson: boolean;
  readonly locale: Locale;
}

const SHOWN_MS = 7 * DAY_MS;

/** Prints one incident in full, or a list. Resolves to the exit code. */
export async function why({ id, isList, isJson, locale }: WhyCall): Promise<number> {
  const incidents = await readIncidents();
  const now = Date.now();
  const [newest] = incidents;
  const named = id === undefined ? newest : incidents.find(each => each.id.startsWith(id));
  if (id !== undefined && !named)
    throw new UsageError(locale.t('No incident {0} in the last 7 days.', id));
  if (isJson) {
    const shown = id === undefined || !named ? incidents : [named];
    for (const incident of shown) printJson(incidentReport(incident, now));
  } else if (!named) printLine(locale.t('No failed requests in the last 7 days.'));
  else if (isList) for (const incident of incidents) printLine(lineOf(incident, now, locale));
  else printText(`${incidentText(named, now, locale)}\n${await checklistOf(named, now, locale)}`);
  return 0;
}

/** The newest first; from the logs where no window has stored any. */
async function readIncidents(): Promise<readonly Incident[]> {
  const archive = openArchive();
  const stored = await archive?.readIncidents({ since: Date.now() - SHOWN_MS });
  archive?.dispose();
  if (stored && stored.length > 0) return stored.toReversed();
  const { recentIncidents } = await import('./recentIncidents.ts');
  return (await recentIncidents({ files: [] })).toReversed();
}

/** The checklists, with ticks and the direct test where a window has stored them. */
async function checklistOf(incident: Incident, now: number, locale: Locale): Promise<string> {
  const archive = openArchive();
  const state = archive ? await loadChecklist(archive, incident.id) : EMPTY_CHECKLIST;
  const direct = archive && (await loadDirectResults(archive)).get(incident.id);
  archive?.dispose();
  const facts = { incident, state, now, ...(direct ? { direct } : {}) };
  const text = checklistText(checklistsOf(facts, locale));
  return text === '' ? '' : `\n${text}\n`;
}

function lineOf(incident: Incident, now: number, locale: Locale): string {
  const { t } = locale;
  const { id, from, count, state } = incident;
  const title = incidentTitle(incident, t);
  const when = clockWords(from, now, locale);
  return `${id.slice(0, 8)}  ${padToWidth(when, 18)}  ${title} (${count}, ${stateWord(state, locale)})`;
}

function stateWord(state: Incident['state'], { t }: Locale): string {
  switch (state) {
    case 'running':
      return t('ongoing');
    case 'recovered':
      return t('recovered');
    case 'gaveUp':
      return t('agent stopped retrying');
    case 'over':
      return t('ended');
  }
}

/** The incident as the dashboard shows it, as plain text. */
function incidentText(incident: Incident, now: number, locale: Locale): string {
  const { t } = locale;
  const { id, from, to, count, places, state, course } = incident;
  const { title, cause, certainty, evidence, retry, steps, original, rule } = explain(incident, {
    locale,
    now,
  });
  const agents = [...new Set(places.map(({ agent }) => agent))].join(', ');
  const list = (heading: string, items: readonly string[]): string[] =>
    items.length === 0 ? [] : ['', heading, ...items.map(item => `  - ${oneLine(item)}`)];
  return [
    `${title} (${certainty})`,
    '='.repeat(Math.min(76, displayWidth(`${title} (${certainty})`))),
    `${cause} ${retry}`.trim(),
    '',
    `${clockWords(from, now, locale)} – ${clockWords(to, now, locale)} (${ageWords(Math.max(0, now - to), t)}), ${stateWord(state, locale)}`,
    t('Failed requests: {0} ({1})', count, agents),
    ...(course.length > 1
      ? [`${t('Failures over time:')} ${sparkline(course.map(({ failed }) => failed))}`]
      : []),
    ...list(t('Evidence:'), evidence),
    ...list(
      t('Next steps:'),
      steps.map(({ text, link }) => (link ? `${text} ${link.url}` : text)),
    ),
    ...(original === '' ? [] : ['', t('Error text:'), `  ${oneLine(original).slice(0, 1000)}`]),
    '',
    `${t('ID: {0}', id)}${rule ? `  ${t('Rule: {0}', rule.id)}` : ''}`,
  ].join('\n');
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

const BLOCKS = '▁▂▃▄▅▆▇█';

/** One block for each number; a space for 0. */
function sparkline(numbers: readonly number[]): string {
  const most = Math.max(1, ...numbers);
  const blockOf = (number: number): string =>
    number <= 0 ? ' ' : BLOCKS.charAt(Math.min(7, Math.ceil((number / most) * 8) - 1));
  return numbers.map(blockOf).join('');
}
