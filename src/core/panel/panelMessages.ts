import * as z from 'zod/mini';
import { HISTORY_SPANS, PANEL_COMMANDS, type PanelState } from './panelState.ts';

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
export type PanelChange = Partial<Omit<PanelState, 'now' | 'detail'>> & {
  readonly now: number;
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
