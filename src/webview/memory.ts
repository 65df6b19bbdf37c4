import type { HistorySpan } from '../core/panel/panelState.ts';

/** In the order of the buttons. */
export const HISTORY_SPANS = ['24h', '7d', '30d'] as const satisfies readonly HistorySpan[];

/** What the page remembers across a window reload. An open incident is not: it may be over. */
export interface PageMemory {
  readonly span: HistorySpan;
  /** The selected account; empty for the primary one. */
  readonly account: string;
  readonly isTable: boolean;
  readonly agent: string;
  readonly cause: string;
  readonly isOpenOnly: boolean;
  /** Whether all incidents are shown, not only the newest. */
  readonly isWhole: boolean;
}

const BEGINNING: PageMemory = {
  span: '24h',
  account: '',
  isTable: false,
  agent: '',
  cause: '',
  isOpenOnly: false,
  isWhole: false,
};

/** The stored memory, which another version may have written; otherwise the initial one. */
export function readMemory(stored: unknown): PageMemory {
  const given = (stored ?? {}) as Readonly<Record<string, unknown>>;
  const known = Object.entries(BEGINNING).map(([name, usual]) => [
    name,
    typeof given[name] === typeof usual ? given[name] : usual,
  ]);
  const memory = Object.fromEntries(known) as PageMemory;
  return { ...memory, span: HISTORY_SPANS.find(it => it === memory.span) ?? BEGINNING.span };
}
