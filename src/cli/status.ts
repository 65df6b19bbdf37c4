import type { Locale } from '../core/base/ports.ts';
import { ageWords } from '../core/base/format.ts';
import { accountName } from '../core/accounts/endpoint.ts';
import { incidentTitle } from '../core/explain/explain.ts';
import type { Incident } from '../core/incidents/incident.ts';
import { headlineOfLine } from '../core/status/lineNotes.ts';
import type { AccountView } from '../core/quota/quotaAccounts.ts';
import type { WindowView } from '../core/quota/quotaView.ts';
import { LOW_PERCENT } from '../core/quota/windows.ts';
import { type Headline, isDoubted } from '../core/status/headline.ts';
import { headlineSentence, headlineWords } from '../core/status/headlineWords.ts';
import { startAdvice, startWords } from '../core/status/startAdvice.ts';
import { percentWords, resetWords, windowName } from '../core/status/windowWords.ts';
import { cutToWidth, padToWidth } from './displayWidth.ts';
import { type MachineState, openArchive, readMachine } from './machine.ts';
import { type Paint, printText, Screen, terminalColumns } from './output.ts';

const EVERY_MS = 1_000;

/** Shows the stored state until `q`; where the output is no terminal, once. */
export async function status(locale: Locale): Promise<number> {
  const archive = openArchive();
  const read = async (): Promise<MachineState> =>
    archive
      ? readMachine(archive, Date.now())
      : { accounts: [], activity: {}, incidents: [], now: Date.now() };
  if (terminalColumns() === undefined) {
    const lines = statusLines(await read(), {
      columns: 80,
      rows: Infinity,
      locale,
      paint: text => text,
    });
    printText(`${lines.map(line => line.trimEnd()).join('\n')}\n`);
  } else await live(read, locale);
  archive?.dispose();
  return 0;
}

async function live(read: () => Promise<MachineState>, locale: Locale): Promise<void> {
  const screen = new Screen();
  const draw = async (): Promise<void> => {
    const state = await read();
    const { columns, rows, paint } = screen;
    screen.draw(statusLines(state, { columns, rows, locale, paint }));
  };
  await draw();
  const timer = setInterval(() => void draw(), EVERY_MS);
  screen.onResize(() => void draw());
  await screen.ended;
  clearInterval(timer);
  screen.dispose();
}

interface StatusContext {
  readonly columns: number;
  readonly rows: number;
  readonly locale: Locale;
  readonly paint: Paint;
}

/** The view as at most `rows` lines of at most `columns` columns. */
export function statusLines(state: MachineState, context: StatusContext): string[] {
  const { columns, rows, locale } = context;
  const { t } = locale;
  const accounts = state.accounts.flatMap(account => [
    '',
    ...accountLines(account, state, context),
  ]);
  const nothing = [
    '',
    t('No numbers yet. An editor with Kimi Quota or kimi-quota watch stores them.'),
  ];
  const lines = [
    padToWidth(t('Kimi Quota'), columns),
    ...(accounts.length > 0 ? accounts : nothing),
    '',
    flightLine(state, locale),
    '',
    ...incidentLines(state, context),
  ];
  const shown = lines.slice(0, Math.max(1, rows - 1));
  return rows === Infinity ? shown : [...shown, t('q: quit')];
}

function accountLines(
  { account, view }: AccountView,
  state: MachineState,
  context: StatusContext,
): string[] {
  const { locale, columns } = context;
  const { t } = locale;
  const plan = view.plan === undefined ? '' : `, ${view.plan}`;
  const age = view.ageMs === undefined ? '' : `  (${ageWords(view.ageMs, t)})`;
  const words = headlineWords({ ...state, account: { account, view } }, { locale });
  const sentence = headlineSentence(words, locale);
  const advice = startWords(startAdvice({ account, view }, state), state.now, locale);
  return [
    cutToWidth(`${accountName(account.id, t)}${plan}${age}`, columns),
    ...view.windows.map(window => windowRow(known(window, words.headline), state.now, context)),
    ...(sentence === '' ? [] : [cutToWidth(`  ${sentence}`, columns)]),
    cutToWidth(`  ${advice}`, columns),
  ];
}

/** A number that is older than a failure is not shown next to "used up". */
const known = (window: WindowView, headline: Headline): WindowView =>
  isDoubted(window, headline) ? { ...window, remainingPercent: 0 } : window;

const NAME_COLUMNS = 16;
const RESET_COLUMNS = 42;

/** Name, bar, percentage and reset; the bar takes the space that is left. */
function windowRow(
  window: WindowView,
  now: number,
  { columns, locale, paint }: StatusContext,
): string {
  const { remainingPercent } = window;
  const barColumns = Math.max(8, Math.min(60, columns - NAME_COLUMNS - RESET_COLUMNS - 10));
  const filled = Math.round(((remainingPercent ?? 0) / 100) * barColumns);
  const color = remainingPercent === undefined ? 'dim' : colorOf(remainingPercent);
  const bar = paint('█'.repeat(filled), color) + paint('░'.repeat(barColumns - filled), 'dim');
  const name = padToWidth(windowName(window, locale.t), NAME_COLUMNS);
  const percent = percentWords(window, 'remaining').padStart(5);
  const rest = columns - 2 - NAME_COLUMNS - 1 - barColumns - 1 - 5 - 2;
  return `  ${name} ${bar} ${percent}  ${cutToWidth(resetWords(window, now, locale), rest)}`;
}

const colorOf = (percent: number): 'red' | 'yellow' | 'green' =>
  percent < 5 ? 'red' : percent <= LOW_PERCENT ? 'yellow' : 'green';

function flightLine({ activity: { inFlight } }: MachineState, { t }: Locale): string {
  if (!inFlight) return t('Requests in flight: not known');
  const agents = inFlight.byAgent.map(({ agent, count }) => `${agent} ${count}`).join(t(', '));
  const total = t('Requests in flight: {0}', inFlight.total);
  return agents === '' ? total : `${total} (${agents})`;
}

function incidentLines(state: MachineState, context: StatusContext): string[] {
  const { columns, locale, paint } = context;
  const { incidents, now } = state;
  const { t } = locale;
  if (incidents.length === 0) return [t('No failed requests in the last 24 hours.')];
  return incidents.map(incident => {
    const isOngoing = incident.state === 'running';
    const { title, retry } = presentOf(incident, state, locale);
    const age = ageWords(Math.max(0, now - incident.to), t);
    const text = `${isOngoing ? '●' : '○'} ${title} (${incident.count}) ${age}${isOngoing && retry !== '' ? ` · ${retry}` : ''}`;
    return paint(cutToWidth(text, columns), isOngoing ? 'yellow' : 'dim');
  });
}

/** The title, and what to do now while the incident is what matters. */
function presentOf(incident: Incident, state: MachineState, locale: Locale) {
  const [account] = state.accounts;
  const explained = { kind: 'incident', incident } as const;
  const words = account && headlineOfLine(explained, { ...state, account }, { locale });
  if (words) return { title: words.title, retry: words.now };
  return { title: incidentTitle(incident, locale.t), retry: '' };
}
