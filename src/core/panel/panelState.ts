import * as z from 'zod/mini';

/**
 * What the panel shows, as plain data: numbers for bars and charts, and sentences that are ready in
 * the user's language. The page makes no words and knows no rule.
 */
export interface PanelState {
  readonly present: PresentSection;
  readonly history: HistorySection;
  readonly incidents: IncidentSection;
  /** The incident that is open, if one is. */
  readonly detail?: IncidentDetail;
  /** Sample data of the walkthrough: said so at the top. */
  readonly notice?: string;
}

/** A part of the state that is sent by itself when it changes. */
export type PanelSection = keyof PanelState;

/** How bad something is. Each tone has an icon and a word beside its colour. */
export type Tone = 'good' | 'low' | 'spent' | 'unknown';

/** What is left now. */
export interface PresentSection {
  readonly accounts: readonly PanelAccount[];
  /** Requests in flight, by agent, against the limit. Absent: nothing is known. */
  readonly inFlight?: { readonly text: string; readonly agents: readonly PanelShare[] };
  /** Safe to start? Absent without numbers. */
  readonly start?: { readonly tone: Tone; readonly text: string };
  /** What else is worth a line: falls that no local agent made, contradictions, the machine. */
  readonly facts: readonly string[];
  /** What to do where there is nothing to show. */
  readonly empty?: EmptyState;
}

/** One account and its windows. */
export interface PanelAccount {
  readonly name: string;
  readonly plan?: string;
  /** What is wrong or special, in sentences; empty when all is well. */
  readonly sentences: readonly string[];
  readonly windows: readonly PanelWindow[];
  /** How long each window lasts at this pace, from enough data only; money; age of the numbers. */
  readonly facts: readonly string[];
}

/** One window with its bar. */
export interface PanelWindow {
  readonly id: string;
  readonly name: string;
  /** 0 to 100 of what is left; absent: unknown, and no bar is drawn. */
  readonly remainingPercent?: number;
  /** `84 % left`, or that it is unknown. */
  readonly share: string;
  /** `resets today 14:32 (in 2 h 10 min)`. */
  readonly reset: string;
  readonly tone: Tone;
  readonly isBinding: boolean;
}

/** A name and a number: a row of a small table. */
interface PanelShare {
  readonly name: string;
  readonly count: number;
}

/** What to say, and the command that helps, where there is nothing yet. */
export interface EmptyState {
  readonly text: string;
  readonly actions: readonly { readonly command: PanelCommand; readonly label: string }[];
}

/** The commands that the page may ask for: a closed list. */
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

/** How far back the chart goes. */
const HISTORY_SPANS = ['24h', '7d', '30d'] as const;

/** One of `HISTORY_SPANS`. */
export type HistorySpan = (typeof HISTORY_SPANS)[number];

/** How it went. */
export interface HistorySection {
  readonly span: HistorySpan;
  /** Epoch milliseconds: the ends of the chart. */
  readonly from: number;
  readonly to: number;
  /** Epoch milliseconds, ascending; at most 800. All series have a value for each. */
  readonly times: readonly number[];
  /** Times in words, for the table and what stands under the pointer; one for each. */
  readonly timeWords: readonly string[];
  /** Where the axis has a label; the page shows as many as there is room for. */
  readonly ticks: readonly HistoryTick[];
  readonly series: readonly HistorySeries[];
  /** Marked on the chart. */
  readonly incidents: readonly HistoryMark[];
  readonly empty?: EmptyState;
}

/** A label of the axis, in the time zone of the machine that the extension runs on. */
export interface HistoryTick {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly text: string;
}

/** One window's course. */
export interface HistorySeries {
  readonly id: string;
  readonly name: string;
  /** Percent left; null where nothing is known: a gap stays a gap. */
  readonly remainingPercent: readonly (number | null)[];
  /** Epoch milliseconds of its resets within the chart; none where they would hide what they cross. */
  readonly resets: readonly number[];
}

/** An incident on the chart. */
interface HistoryMark {
  readonly id: string;
  readonly at: number;
  readonly title: string;
}

/** What happened. */
export interface IncidentSection {
  /** Newest first, at most 500. */
  readonly rows: readonly IncidentRow[];
  /** Names to filter by, as they stand in the rows. */
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
  /** The cause as a word to filter by. */
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
  /** For a countdown: epoch milliseconds, a day ahead at most when it was written. */
  readonly retryAt?: number;
  readonly steps: readonly { readonly text: string; readonly link?: PanelLink }[];
  readonly links: readonly PanelLink[];
  /** The provider's words, redacted. Hostile text. */
  readonly original: string;
  readonly rule?: string;
  /** Failures, successes and requests in flight per slice; in words for the table. */
  readonly course: readonly CourseRow[];
  /** `Kimi Code, 7 sub-agents: 11`. */
  readonly places: readonly string[];
  /** Whether the record can be opened: it lies on this machine. */
  readonly canOpenLog: boolean;
  /** Words from elsewhere are no incident: there is nothing to report. */
  readonly canCopyTicket: boolean;
}

/** One slice of an incident's time. */
export interface CourseRow {
  readonly time: string;
  readonly failed: number;
  readonly succeeded: number;
  readonly inFlight: number;
}

/** A page of Kimi, from the constant list. */
export interface PanelLink {
  readonly label: string;
  readonly url: string;
}

/**
 * What the page may say to the editor. Whatever else it says is dropped: the page is not trusted.
 * Ids are looked up and addresses compared with the constant list before anything is opened. With
 * `ready` comes what the page remembers of before a reload.
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
  z.object({ kind: z.literal('openLink'), url: z.string().check(z.maxLength(300)) }),
  z.object({ kind: z.literal('command'), command: z.enum(PANEL_COMMANDS) }),
]);

/** See above. */
export type PageMessage = z.infer<typeof PageMessage>;

/**
 * What the editor says to the page: everything once when it becomes visible, then the sections that
 * changed, at most four times a second.
 */
export type EditorMessage =
  | { readonly kind: 'state'; readonly state: PanelState; readonly labels: PanelLabels }
  | { readonly kind: 'change'; readonly change: PanelChange };

/** The sections that changed, whole. `detail: null`: the incident was closed. */
export type PanelChange = Partial<Omit<PanelState, 'detail'>> & {
  readonly detail?: PanelState['detail'] | null;
};

/** The page's own few words, in the user's language. Names say where each stands. */
export type PanelLabels = Readonly<Record<PanelLabel, string>>;

/** A closed list, so that no label is missing in a language. */
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
  'binding',
  'unknown',
] as const;

/** One of `PANEL_LABELS`. */
export type PanelLabel = (typeof PANEL_LABELS)[number];
