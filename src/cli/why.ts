import { parseKeyText } from '../core/accounts/key.ts';
import type { Locale } from '../core/base/ports.ts';
import { ageWords, clockWords } from '../core/base/format.ts';
import { afterTest } from '../core/diagnosis/afterTest.ts';
import { checklistsOf, checklistText, stepNamed } from '../core/diagnosis/checklist.ts';
import { type ChecklistFacts, idsOf } from '../core/diagnosis/checklistFacts.ts';
import { changeChecklist, tickStep } from '../core/diagnosis/checklistState.ts';
import { directText } from '../core/diagnosis/directWords.ts';
import { idLines } from '../core/diagnosis/idLines.ts';
import { explain, incidentTitle } from '../core/explain/explain.ts';
import { incidentReport } from '../core/explain/incidentReport.ts';
import type { Incident } from '../core/incidents/incident.ts';
import type { Archive } from '../core/ledger/archive.ts';
import { UsageError } from './command.ts';
import { displayWidth, padToWidth } from './displayWidth.ts';
import { openStore } from './machine.ts';
import { machineFacts, machineIncidents, warnIfNotStored } from './machineIncidents.ts';
import { printJson, printLine, printText } from './output.ts';

/** A call of `kimi-quota why`. */
export interface WhyCall {
  /** Default: the newest incident. */
  readonly id?: string;
  readonly isList: boolean;
  readonly isJson: boolean;
  /** Steps of the checklist to tick, and to remove the tick from: numbers as printed, or ids. */
  readonly done: readonly string[];
  readonly undone: readonly string[];
  /** Looks for the key of the environment on this machine. */
  readonly findsPrograms: boolean;
  /** Files to look into for it, too. */
  readonly files: readonly string[];
  readonly locale: Locale;
}

/**
 * Prints one incident in full, or a list; before that, ticks steps of its checklist. Resolves to the
 * exit code.
 */
export async function why(call: WhyCall): Promise<number> {
  const { id, isList, isJson, done, undone, locale } = call;
  const isChange = done.length + undone.length > 0;
  const archive = openStore(isChange || call.findsPrograms ? 'write' : 'read');
  const now = Date.now();
  const incidents = (await machineIncidents(archive, now)).toReversed();
  const [newest] = incidents;
  const named = id === undefined ? newest : incidents.find(each => each.id.startsWith(id));
  if (id !== undefined && !named)
    throw new UsageError(locale.t('No incident {0} in the last 7 days.', id));
  if (named && isChange) await tick(archive, named, call);
  if (named && call.findsPrograms) await storePrograms(archive, named, call);
  if (isJson) {
    const shown = id === undefined || !named ? incidents : [named];
    for (const incident of shown) printJson(incidentReport(incident, now));
  } else if (!named) printLine(locale.t('No failed requests in the last 7 days.'));
  else if (isList) for (const incident of incidents) printLine(lineOf(incident, now, locale));
  else {
    const facts = await machineFacts(archive, named, now);
    const shown = afterTest(named, facts.direct);
    printText(`${incidentText(shown, now, locale)}\n${checksText(facts, locale)}`);
  }
  archive.dispose();
  return 0;
}

/** The dashboard shows the same ticks. */
async function tick(
  archive: Archive,
  incident: Incident,
  { done, undone, locale }: WhyCall,
): Promise<void> {
  const now = Date.now();
  const checklists = checklistsOf(await machineFacts(archive, incident, now), locale);
  const named = (names: readonly string[], isDone: boolean) =>
    names.map(name => {
      const step = stepNamed(checklists, name);
      if (step === undefined)
        throw new UsageError(locale.t('This incident has no step {0}.', name));
      return { step, isDone, at: now };
    });
  for (const change of [...named(done, true), ...named(undone, false)])
    await tickStep(archive, incident.id, change);
  warnIfNotStored(archive, locale.t);
}

/** The places of Import Key, and the files, that contain the key of the environment; keys are not stored. */
async function storePrograms(
  archive: Archive,
  { id }: Incident,
  { files, locale: { t } }: WhyCall,
): Promise<void> {
  const { MOONSHOT_API_KEY = '', KIMI_API_KEY = '' } = process.env;
  const typed = [KIMI_API_KEY, MOONSHOT_API_KEY].flatMap(text => {
    const parsed = parseKeyText(text);
    return parsed.kind === 'key' ? [parsed.key] : [];
  });
  if (typed.length === 0) throw new UsageError(t('KIMI_API_KEY has no key.'));
  const { placesOfKeys } = await import('./placesOfKeys.ts');
  const places = await placesOfKeys(typed, files, t);
  await changeChecklist(archive, id, { at: Date.now(), places });
  warnIfNotStored(archive, t);
}

/** What carries out a step in a terminal. */
const COMMANDS = {
  testAccount: '(kimi-quota test)',
  findPrograms: '(kimi-quota why --find-programs)',
  testOldKey: '(KIMI_API_KEY=OLD_KEY kimi-quota test --old-key)',
  statusPage: '(kimi-quota doctor --status-page)',
};

/** Ids of the account, direct test and checklists. */
function checksText(facts: ChecklistFacts, locale: Locale): string {
  const { incident, direct, now } = facts;
  const { t } = locale;
  const test = direct && directText(direct, now, locale);
  const blocks = [
    idLines(idsOf(incident), t).join('\n'),
    test ? `${t('Direct test')}: ${test.title}. ${test.outcome} ${test.next}` : '',
    checklistText(checklistsOf(facts, locale), COMMANDS),
  ];
  return blocks.map(block => (block === '' ? '' : `\n${block}\n`)).join('');
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
  const agents = [...new Set(places.map(({ agent }) => agent))].join(t(', '));
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
