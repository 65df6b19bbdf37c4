import * as z from 'zod/mini';
import type {
  CourseRow,
  EditorMessage,
  EmptyState,
  HistorySection,
  IncidentDetail,
  IncidentSection,
  PanelLink,
  PanelState,
  PresentSection,
} from '../core/panel/panelState.ts';
import type { PageMemory } from './dom.ts';

const text = z.string();
const texts = z.array(text);
const number = z.number();
const tone = z.enum(['good', 'low', 'spent', 'unknown', 'info']);
const span = z.enum(['24h', '7d', '30d']);

const link: z.ZodMiniType<PanelLink> = z.object({ label: text, url: text });

const empty: z.ZodMiniType<EmptyState> = z.object({
  text,
  actions: z.array(
    z.object({
      command: z.enum([
        'check',
        'refresh',
        'setApiKey',
        'importKey',
        'openConsole',
        'showWatchedLogs',
        'selfCheck',
      ]),
      label: text,
    }),
  ),
});

const panelWindow = z.object({
  id: text,
  name: text,
  remainingPercent: z.exactOptional(number),
  share: text,
  reset: text,
  tone,
  isBinding: z.boolean(),
});

const present: z.ZodMiniType<PresentSection> = z.object({
  accounts: z.array(
    z.object({
      name: text,
      plan: z.exactOptional(text),
      sentences: texts,
      windows: z.array(panelWindow),
      facts: texts,
    }),
  ),
  inFlight: z.exactOptional(
    z.object({ text, agents: z.array(z.object({ name: text, count: number })) }),
  ),
  start: z.exactOptional(z.object({ tone, text })),
  facts: texts,
  empty: z.exactOptional(empty),
});

const history: z.ZodMiniType<HistorySection> = z.object({
  span,
  from: number,
  to: number,
  times: z.array(number),
  timeWords: texts,
  series: z.array(
    z.object({
      id: text,
      name: text,
      remainingPercent: z.array(z.nullable(number)),
      resets: z.array(number),
    }),
  ),
  incidents: z.array(z.object({ id: text, at: number, title: text })),
  empty: z.exactOptional(empty),
});

const incidents: z.ZodMiniType<IncidentSection> = z.object({
  rows: z.array(
    z.object({
      id: text,
      title: text,
      when: text,
      agents: texts,
      cause: text,
      certainty: text,
      isOpen: z.boolean(),
      state: text,
    }),
  ),
  agents: texts,
  causes: texts,
  empty: z.exactOptional(empty),
});

const courseRow: z.ZodMiniType<CourseRow> = z.object({
  time: text,
  failed: number,
  succeeded: number,
  inFlight: number,
});

const detail: z.ZodMiniType<IncidentDetail> = z.object({
  id: text,
  title: text,
  cause: text,
  certainty: text,
  when: text,
  evidence: texts,
  retry: text,
  retryAt: z.exactOptional(number),
  steps: z.array(z.object({ text, link: z.exactOptional(link) })),
  links: z.array(link),
  original: text,
  rule: z.exactOptional(text),
  course: z.array(courseRow),
  places: texts,
  canOpenLog: z.boolean(),
  canCopyTicket: z.boolean(),
});

const notice = z.exactOptional(text);

const state: z.ZodMiniType<PanelState> = z.object({
  now: number,
  present,
  history,
  incidents,
  detail: z.exactOptional(detail),
  notice,
});

const change = z.object({
  now: number,
  present: z.exactOptional(present),
  history: z.exactOptional(history),
  incidents: z.exactOptional(incidents),
  // Null: the incident was closed. A message cannot carry what is undefined.
  detail: z.exactOptional(z.nullable(detail)),
  notice,
});

const message: z.ZodMiniType<EditorMessage> = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('state'),
    state,
    labels: z.record(text, text) as unknown as z.ZodMiniType<
      Extract<EditorMessage, { kind: 'state' }>['labels']
    >,
  }),
  z.object({ kind: z.literal('change'), change }),
]);

/** Undefined for whatever is no message of the editor. */
export function parseEditorMessage(data: unknown): EditorMessage | undefined {
  return message.safeParse(data).data;
}

const memory = z.object({
  span: z.catch(span, '24h'),
  isTable: z.catch(z.boolean(), false),
  openId: z.catch(z.optional(text), undefined),
  agent: z.catch(text, ''),
  cause: z.catch(text, ''),
  isOpenOnly: z.catch(z.boolean(), false),
  isWhole: z.catch(z.boolean(), false),
});

/** What the page had remembered, or the beginning. */
export function parseMemory(data: unknown): PageMemory {
  const { openId, ...rest } = memory.parse(typeof data === 'object' && data !== null ? data : {});
  return openId === undefined ? rest : { ...rest, openId };
}
