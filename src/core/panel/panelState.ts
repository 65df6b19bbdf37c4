import type { CheckAction, CheckState } from '../diagnosis/checklistFacts.ts';
import type { LimitsCard } from '../diagnosis/limitsCard.ts';
import type { DirectText } from '../diagnosis/directWords.ts';
import type { CheckStepId } from '../diagnosis/playbooks.ts';
import type { Trouble } from '../incidents/trouble.ts';
import type { TeamTable } from '../status/teamTable.ts';

/**
 * What the dashboard shows, as plain data: numbers for bars and charts, and sentences in the user's
 * language. The page composes no text and contains no rules.
 */
export interface PanelState {
  readonly present: PresentSection;
  readonly history: HistorySection;
  readonly failures: FailureSection;
  readonly incidents: IncidentSection;
  /** The open incident, if any. */
  readonly detail?: IncidentDetail;
  /** Notice at the top while sample data is shown. */
  readonly notice?: string;
}

/** A part of the state that is sent separately when it changes. */
export type PanelSection = keyof PanelState;

/** Severity. Each tone has an icon and a word in addition to its color. */
export type Tone = 'good' | 'low' | 'spent' | 'unknown';

/** The current quota. */
export interface PresentSection {
  /** One per account; the page shows them from two on. */
  readonly tabs: readonly AccountTab[];
  /** The selected account; absent without a key. */
  readonly account?: PanelAccount;
  /** What is happening now, and what to do; absent without data. */
  readonly banner?: PanelBanner;
  /** Parallel slots in use; absent if unknown. */
  readonly slots?: PanelSlots;
  /** What is known of the primary account's limits; absent if nothing is. */
  readonly limits?: LimitsCard;
  /** The other machines of the selected account; absent without a team. */
  readonly team?: TeamSection;
  /** Other facts: quota drops without a local agent, contradictory values, the machine. */
  readonly facts: readonly string[];
  /** What to do if there is nothing to show. */
  readonly empty?: EmptyState;
}

/** The machines of the selected account. */
interface TeamSection extends TeamTable {
  readonly title: string;
}

/** An account to select. */
export interface AccountTab {
  readonly id: string;
  readonly name: string;
  /** `84%` or `$49.58`; empty if unknown. */
  readonly figure: string;
  readonly isOn: boolean;
}

/** The selected account and its numbers. */
export interface PanelAccount {
  readonly name: string;
  readonly plan?: string;
  /** `Updated 2 min ago`; empty without data. */
  readonly updated: string;
  readonly cards: readonly PanelCard[];
}

/** One number: a quota, Extra Usage or a balance. */
export interface PanelCard {
  readonly id: string;
  readonly name: string;
  /** `resets in 1 h 59 min`; empty if unknown. */
  readonly head: string;
  /** `84%`, `$12.50`, or "unknown". */
  readonly value: string;
  /** `left`; empty for none. */
  readonly unit: string;
  /** Length of the bar, 0 to 100; absent for no bar. */
  readonly percent?: number;
  /** Where the bar would end at an even pace, 0 to 100. */
  readonly evenPercent?: number;
  readonly tone: Tone | 'money';
  readonly pace?: { readonly tone: Tone; readonly text: string };
  /** Absolute reset time, budget per day, parts of a sum. */
  readonly notes: readonly string[];
  /** `tightest`, where it says something. */
  readonly badge?: string;
}

/** What is happening now. */
export interface PanelBanner {
  readonly tone: Tone;
  readonly title: string;
  /** `started 19:36 · 11 failures · likely`. */
  readonly meta?: string;
  /** Up to two short sentences. */
  readonly text: string;
  /** Target of a countdown (epoch milliseconds): only a reset or a requested wait. */
  readonly retryAt?: number;
  /** What prevents it, to copy. */
  readonly fix?: { readonly label: string; readonly code: string };
  readonly actions: readonly PanelAction[];
}

/** A button: opens something, or runs a command. */
export type PanelAction =
  | { readonly kind: 'incident' | 'log' | 'ticket'; readonly id: string; readonly label: string }
  | { readonly kind: 'command'; readonly command: PanelCommand; readonly label: string }
  | { readonly kind: 'link'; readonly url: string; readonly label: string };

/** Parallel slots in use on this machine, a lower bound. */
export interface PanelSlots {
  readonly text: string;
  readonly inUse: number;
  readonly limit?: number;
  readonly agents: readonly PanelShare[];
}

/** A name and a count. */
interface PanelShare {
  readonly name: string;
  readonly count: number;
}

/** Text and helpful commands for an empty section. */
export interface EmptyState {
  readonly text: string;
  readonly actions: readonly { readonly command: PanelCommand; readonly label: string }[];
}

/** The only commands that the page can run. */
export const PANEL_COMMANDS = [
  'check',
  'refresh',
  'setApiKey',
  'importKey',
  'openConsole',
  'showWatchedLogs',
  'selfCheck',
  'openPanel',
  'trySampleData',
] as const;

/** One of `PANEL_COMMANDS`. */
type PanelCommand = (typeof PANEL_COMMANDS)[number];

/** The spans of the chart. */
export const HISTORY_SPANS = ['24h', '7d', '30d'] as const;

/** One of `HISTORY_SPANS`. */
export type HistorySpan = (typeof HISTORY_SPANS)[number];

/** The history section. */
export interface HistorySection {
  readonly span: HistorySpan;
  /** The ends of the data (epoch milliseconds). */
  readonly from: number;
  readonly to: number;
  /** The end of the chart: later than `to`, with room for forecasts. */
  readonly until: number;
  /** The values are percent, or an amount of money with these marks on the axis. */
  readonly money?: { readonly top: number; readonly marks: readonly AxisMark[] };
  /** Epoch milliseconds, ascending, at most 800. Every series has one value for each. */
  readonly times: readonly number[];
  /** A text for each of `times`, for the table and the pointer. */
  readonly timeWords: readonly string[];
  /** Labels of the axis; the page shows as many as fit. */
  readonly ticks: readonly AxisMark[];
  readonly series: readonly HistorySeries[];
  /** Incidents marked on the chart. */
  readonly incidents: readonly HistoryMark[];
  readonly empty?: EmptyState;
}

/** A label of an axis: at a time in epoch milliseconds, or at an amount. */
export interface AxisMark {
  readonly at: number;
  readonly text: string;
}

/** The history of one quota or balance. */
export interface HistorySeries {
  readonly id: string;
  readonly name: string;
  /** `5h 84%`: at the end of the line. */
  readonly label: string;
  /** Percent left, or an amount; null for a gap. */
  readonly values: readonly (number | null)[];
  /** A text for each amount; absent for percent. */
  readonly words?: readonly string[];
  /** Resets within the chart (epoch milliseconds); empty if they would hide the chart. */
  readonly resets: readonly number[];
  /** The lowest value of each day, drawn as bars in place of a line that changes too often. */
  readonly lows?: readonly DailyLow[];
  /** Where the line goes at the recent pace, as two points. */
  readonly forecast?: readonly [ChartPoint, ChartPoint];
}

/** The lowest value between two times (epoch milliseconds). */
export interface DailyLow {
  readonly from: number;
  readonly to: number;
  readonly value: number;
}

/** A point of the chart: epoch milliseconds and value. */
interface ChartPoint {
  readonly at: number;
  readonly value: number;
}

/** An incident on the chart. */
interface HistoryMark {
  readonly id: string;
  readonly at: number;
  readonly title: string;
}

/** What failed in the last 7 days, by cause. */
export interface FailureSection {
  /** The most frequent first, at most 5. */
  readonly rows: readonly { readonly cause: string; readonly count: number }[];
  /** One sentence about the most frequent cause; empty if it says nothing. */
  readonly insight: string;
}

/** The incident section. */
export interface IncidentSection {
  /** Ongoing first, then newest first, at most 500 (`MOST_INCIDENTS`). */
  readonly rows: readonly IncidentRow[];
  /** Filter values, as they appear in the rows. */
  readonly agents: readonly string[];
  readonly causes: readonly string[];
  readonly empty?: EmptyState;
}

/** One incident in the list. */
export interface IncidentRow {
  readonly id: string;
  readonly title: string;
  /** The kind of trouble, for its icon. */
  readonly kind: Trouble;
  /** `Today`, `Sun, Nov 29`: rows with the same day are a group. */
  readonly day: string;
  /** `19:36, 2 min`. */
  readonly when: string;
  /** `11 failures`. */
  readonly count: string;
  readonly agents: readonly string[];
  /** The cause, as a filter value. */
  readonly cause: string;
  readonly isOpen: boolean;
  /** Only if it says something: `Ongoing`, `Recovered after 1 min`. */
  readonly state: string;
  /** The end of the row for a screen reader: `confidence: likely, Ended`. */
  readonly spoken: string;
}

/** One incident, explained. */
export interface IncidentDetail {
  readonly id: string;
  readonly title: string;
  readonly kind: Trouble;
  readonly cause: string;
  readonly certainty: string;
  readonly when: string;
  /** The current state, apart from what was then; absent for an error text. */
  readonly now?: DetailNow;
  /** Reasons for the cause, the strongest first. */
  readonly reasons: readonly DetailReason[];
  /** `Your quota is not the cause: …`; absent if it is, or if unknown. */
  readonly quota?: string;
  /** The heading of the steps: they are for now, or for the next time. */
  readonly stepsLabel: 'whatToDo' | 'nextTime';
  readonly steps: readonly DetailStep[];
  readonly links: readonly PanelLink[];
  /** The provider's error text, redacted. Untrusted. */
  readonly original: string;
  readonly rule?: string;
  /** Failures, successes and requests in flight per slice, with texts for the table. */
  readonly course: readonly CourseRow[];
  /** `Kimi Code, 7 sub-agents: 11`. */
  readonly places: readonly string[];
  /** Whether the log record can be opened on this machine. */
  readonly canOpenLog: boolean;
  /** False for an error text that isn't an incident. */
  readonly canCopyTicket: boolean;
  /** Ids for support, the direct test and the checklists. */
  readonly diagnosis?: DiagnosisPart;
}

/** What settles an incident. See `checklistSection.ts`. */
export interface DiagnosisPart {
  /** `Organization ID: org-…`: shown to the user only. */
  readonly ids: readonly string[];
  /** The result of the last direct request. */
  readonly direct?: DirectText;
  /** Absent for an error text. */
  readonly testLabel?: string;
  readonly checklists: readonly PanelChecklist[];
}

/** A checklist with the words for each state. */
interface PanelChecklist {
  readonly title: string;
  readonly rows: readonly PanelCheck[];
}

/** One step of a checklist. */
export interface PanelCheck {
  readonly id: CheckStepId;
  readonly text: string;
  readonly found: string;
  /** A word for the state: `done`, `not done`, `unknown`. */
  readonly stateWord: string;
  readonly state: CheckState;
  readonly isTicked: boolean;
  readonly link?: PanelLink;
  readonly action?: { readonly id: CheckAction; readonly label: string };
}

/** What is true now, on the page of an incident. */
export interface DetailNow {
  readonly tone: Tone;
  /** `This incident has ended (19:47).`; empty while it lasts. */
  readonly ended: string;
  readonly text: string;
  /** Target of the countdown (epoch milliseconds), at most a day ahead. */
  readonly retryAt?: number;
}

/** A fact and its source. */
export interface DetailReason {
  readonly source: string;
  readonly text: string;
}

/** A next step with what helps to do it. */
export interface DetailStep {
  readonly text: string;
  readonly code?: string;
  readonly action?: PanelAction;
}

/** One time slice of an incident. */
export interface CourseRow {
  readonly time: string;
  readonly failed: number;
  readonly succeeded: number;
  readonly inFlight: number;
}

/** One of Kimi's pages, from a fixed list. */
export interface PanelLink {
  readonly label: string;
  readonly url: string;
}
