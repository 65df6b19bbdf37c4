import * as z from 'zod/mini';
import { CHECK_ACTIONS } from '../diagnosis/checklistFacts.ts';
import { LEDGER_GROUPINGS } from '../ledger/ledger.ts';
import { CHECK_STEPS } from '../diagnosis/playbooks.ts';
import type { LedgerSection } from './ledgerSection.ts';
import type { PanelLabels } from './panelLabels.ts';
import { HISTORY_SPANS, PANEL_COMMANDS, type PanelState } from './panelState.ts';

/**
 * Messages from the page to the editor. The page isn't trusted: anything else is dropped, ids are
 * looked up, and URLs are compared with a fixed list before anything is opened. `ready` contains
 * what the page remembers from before a reload. A text to copy must be one that the page was sent.
 */
export const PageMessage = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('ready'),
    span: z.enum(HISTORY_SPANS),
    account: z.optional(z.string().check(z.maxLength(50))),
  }),
  z.object({ kind: z.literal('account'), id: z.string().check(z.maxLength(50)) }),
  z.object({
    kind: z.literal('ledger'),
    window: z.string().check(z.maxLength(20)),
    by: z.enum(LEDGER_GROUPINGS),
    incident: z.optional(z.string().check(z.maxLength(200))),
  }),
  z.object({ kind: z.literal('copy'), text: z.string().check(z.maxLength(300)) }),
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

/** The answer to `LedgerRequest`. */
export interface LedgerMessage {
  readonly kind: 'ledger';
  readonly section: LedgerSection;
  /** The user asked for it elsewhere: the page scrolls to it. */
  readonly isAsked: boolean;
}

/** Asks for where a window went, now or before an incident. */
export type LedgerRequest = Extract<PageMessage, { readonly kind: 'ledger' }>;

/** The complete sections that changed. `detail: null` closes the incident. */
export type PanelChange = Partial<Omit<PanelState, 'detail'>> & {
  readonly detail?: PanelState['detail'] | null;
};
