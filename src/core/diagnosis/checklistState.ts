import * as z from 'zod/mini';
import { OLD_KEY_RESULTS, type OldKey } from './oldKey.ts';
import { parseStored, StoredTime, type ValueRows } from '../base/store.ts';
import { CHECK_STEPS, type CheckStepId } from './playbooks.ts';

/** What the user ticked at an incident, and what was found out for it. */
export interface ChecklistState {
  /** The time of the last change: epoch milliseconds. */
  readonly at: number;
  readonly ticks: readonly CheckStepId[];
  /** Display places that contain the account's key, such as `Claude Code: ~/.claude/settings.json`. */
  readonly places?: readonly string[];
  readonly oldKey?: OldKey;
}

const text = z.string().check(z.maxLength(300));
const State = z.object({
  at: StoredTime,
  ticks: z.array(z.enum(CHECK_STEPS)),
  places: z.exactOptional(z.array(text)),
  oldKey: z.exactOptional(z.object({ result: z.enum(OLD_KEY_RESULTS), places: z.array(text) })),
});
const States = z.record(z.string(), z.catch(z.nullable(State), null));

const CHECKLISTS_KEY = 'checklists';
const MOST_CHECKLISTS = 30;

/** Nothing is ticked. */
export const EMPTY_CHECKLIST: ChecklistState = { at: 0, ticks: [] };

async function loadAll(archive: Pick<ValueRows, 'get'>): Promise<Map<string, ChecklistState>> {
  const stored = parseStored(States, await archive.get(CHECKLISTS_KEY)) ?? {};
  return new Map(Object.entries(stored).flatMap(([id, state]) => (state ? [[id, state]] : [])));
}

/** The stored state of an incident's checklist. */
export async function loadChecklist(
  archive: Pick<ValueRows, 'get'>,
  incidentId: string,
): Promise<ChecklistState> {
  return (await loadAll(archive)).get(incidentId) ?? EMPTY_CHECKLIST;
}

/** Changes the state of one incident's checklist; the newest 30 are kept. */
export async function changeChecklist(
  archive: ValueRows,
  incidentId: string,
  change: Partial<ChecklistState> & { readonly at: number },
): Promise<void> {
  const all = await loadAll(archive);
  all.set(incidentId, { ...(all.get(incidentId) ?? EMPTY_CHECKLIST), ...change });
  const kept = [...all].sort(([, a], [, b]) => b.at - a.at).slice(0, MOST_CHECKLISTS);
  await archive.set(CHECKLISTS_KEY, JSON.stringify(Object.fromEntries(kept)));
}

/** Ticks a step, or removes its tick. */
export async function tickStep(
  archive: ValueRows,
  incidentId: string,
  {
    step,
    isDone,
    at,
  }: { readonly step: CheckStepId; readonly isDone: boolean; readonly at: number },
): Promise<void> {
  const { ticks } = await loadChecklist(archive, incidentId);
  const others = ticks.filter(one => one !== step);
  await changeChecklist(archive, incidentId, { at, ticks: isDone ? [...others, step] : others });
}
