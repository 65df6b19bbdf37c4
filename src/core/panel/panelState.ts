import * as z from 'zod/mini';
import { CHECK_ACTIONS, type CheckAction, type CheckState } from '../diagnosis/checklistFacts.ts';
import type { LimitsCard } from '../diagnosis/limitsCard.ts';
import type { DirectText } from '../diagnosis/directWords.ts';
import { CHECK_STEPS, type CheckStepId } from '../diagnosis/playbooks.ts';

/**
 * What the dashboard shows, as plain data: numbers for bars and charts, and sentences in the user's
 * language. The page composes no text and contains no rules.
 */
export interface PanelState {
  readonly present: PresentSection;
  readonly history: HistorySection;
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
  readonly accounts: readonly PanelAccount[];
  /** Requests in flight per agent, and the limit. Absent if unknown. */
  readonly inFlight?: { readonly text: string; readonly agents: readonly PanelShare[] };
  /** Whether to start agents. Absent without data. */
  readonly start?: { readonly tone: Tone; readonly text: string };
  /** What is known of the primary account's limits; absent if nothing is. */
  readonly limits?: LimitsCard;
  /** Other facts: quota drops without a local agent, contradictory values, the machine. */
  readonly facts: readonly string[];
  /** What to do if there is nothing to show. */
  readonly empty?: EmptyState;
}

/** One account and its windows. */
export interface PanelAccount {
  readonly name: string;
  readonly plan?: string;
  /** Problems in sentences; empty if there are none. */
  readonly sentences: readonly string[];
  readonly windows: readonly PanelWindow[];
  /** Forecasts (only with enough data), balance, and the age of the data. */
  readonly facts: readonly string[];
}

/** One quota window with its bar. */
export interface PanelWindow {
  readonly id: string;
  readonly name: string;
  /** Percent left, 0 to 100; absent if unknown, then there is no bar. */
  readonly remainingPercent?: number;
  /** `84% left`, or "unknown". */
  readonly share: string;
  /** `resets today 14:32 (in 2 h 10 min)`. */
  readonly reset: string;
  readonly tone: Tone;
  readonly isBinding: boolean;
}

/** A name and a count, as a row of a table. */
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
const PANEL_COMMANDS = [
  'check',
  'refresh',
  'setApiKey',
  'importKey',
  'openConsole',
  'showWatchedLogs',
  'selfCheck',
] as const;

/** One of `PANEL_COMMANDS`. */
type PanelCommand = (typeof PANEL_COMMANDS)[number];

/** The spans of the chart. */
const HISTORY_SPANS = ['24h', '7d', '30d'] as const;

/** One of `HISTORY_SPANS`. */
export type HistorySpan = (typeof HISTORY_SPANS)[number];

/** The history section. */
export interface HistorySection {
  readonly span: HistorySpan;
  /** The ends of the chart (epoch milliseconds). */
  readonly from: number;
  readonly to: number;
  /** Epoch milliseconds, ascending, at most 800. Every series has one value for each. */
  readonly times: readonly number[];
  /** A text for each of `times`, for the table and the pointer. */
  readonly timeWords: readonly string[];
  /** Labels of the axis; the page shows as many as fit. */
  readonly ticks: readonly HistoryTick[];
  readonly series: readonly HistorySeries[];
  /** Incidents marked on the chart. */
  readonly incidents: readonly HistoryMark[];
  readonly empty?: EmptyState;
}

/** An axis label, in the time zone of the extension host. */
export interface HistoryTick {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly text: string;
}

/** The history of one window. */
export interface HistorySeries {
  readonly id: string;
  readonly name: string;
  /** Percent left; null for a gap. */
  readonly remainingPercent: readonly (number | null)[];
  /** Resets within the chart (epoch milliseconds); empty if they would hide the chart. */
  readonly resets: readonly number[];
}

/** An incident on the chart. */
interface HistoryMark {
  readonly id: string;
  readonly at: number;
  readonly title: string;
}

/** The incident section. */
export interface IncidentSection {
  /** Newest first, at most 500 (`MOST_INCIDENTS`). */
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
  /** `today 14:32, 11 failures in 2 min`. */
  readonly when: string;
  readonly agents: readonly string[];
  /** The cause, as a filter value. */
  readonly cause: string;
  readonly certainty: string;
  readonly isOpen: boolean;
  readonly state: string;
}

/** One incident, explained. */
export interface IncidentDetail {
  readonly id: string;
  readonly title: string;
  readonly cause: string;
  readonly certainty: string;
  readonly when: string;
  readonly evidence: readonly string[];
  readonly retry: string;
  /** Target of the countdown (epoch milliseconds), at most a day ahead. */
  readonly retryAt?: number;
  readonly steps: readonly { readonly text: string; readonly link?: PanelLink }[];
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

/**
 * Messages from the page to the editor. The page isn't trusted: anything else is dropped, ids are
 * looked up, and URLs are compared with a fixed list before anything is opened. `ready` contains
 * what the page remembers from before a reload.
 */
export const PageMessage = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('ready'),
    span: z.enum(HISTORY_SPANS),
    id: z.optional(z.string().check(z.maxLength(200))),
  }),
  z.object({ kind: z.literal('span'), span: z.enum(HISTORY_SPANS) }),
  z.object({ kind: z.literal('openIncident'), id: z.optional(z.string().check(z.maxLength(200))) }),
  z.object({ kind: z.literal('openLog'), id: z.string().check(z.maxLength(200)) }),
  z.object({ kind: z.literal('copyTicket'), id: z.string().check(z.maxLength(200)) }),
  z.object({
    kind: z.literal('tick'),
    id: z.string().check(z.maxLength(200)),
    step: z.enum(CHECK_STEPS),
    isDone: z.boolean(),
  }),
  z.object({
    kind: z.literal('diagnose'),
    id: z.string().check(z.maxLength(200)),
    action: z.enum(CHECK_ACTIONS),
  }),
  z.object({ kind: z.literal('openLink'), url: z.string().check(z.maxLength(300)) }),
  z.object({ kind: z.literal('command'), command: z.enum(PANEL_COMMANDS) }),
]);

/** The type of a valid message from the page. */
export type PageMessage = z.infer<typeof PageMessage>;

/**
 * Messages from the editor to the page: the whole state when it becomes visible, then the sections
 * that changed, at most four times per second.
 */
export type EditorMessage =
  | { readonly kind: 'state'; readonly state: PanelState; readonly labels: PanelLabels }
  | { readonly kind: 'change'; readonly change: PanelChange };

/** The complete sections that changed. `detail: null` closes the incident. */
export type PanelChange = Partial<Omit<PanelState, 'detail'>> & {
  readonly detail?: PanelState['detail'] | null;
};

/** The labels of the page in the user's language, by their place. */
export type PanelLabels = Readonly<Record<PanelLabel, string>>;

/** All labels, so that no language misses one. */
export const PANEL_LABELS = [
  'present',
  'history',
  'incidents',
  'inFlight',
  'chart',
  'showAsTable',
  'showAsChart',
  'time',
  'reset',
  'span24h',
  'span7d',
  'span30d',
  'filterAgent',
  'filterCause',
  'filterOpen',
  'all',
  'noneMatch',
  'showAll',
  'back',
  'evidence',
  'whatToDo',
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
  'limit',
  'limitValue',
  'limitUsed',
  'limitSource',
  'binding',
  'unknown',
] as const;

/** One of `PANEL_LABELS`. */
export type PanelLabel = (typeof PANEL_LABELS)[number];
