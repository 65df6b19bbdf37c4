import { pageUrl, type Site, siteOf } from '../accounts/links.ts';
import type { Locale, Translate } from '../base/ports.ts';
import type { CheckAction, ChecklistFacts, CheckState } from './checklistFacts.ts';
import { CHECK_STEP_WORDS } from './checklistSteps.ts';
import { type CheckStepId, type PlaybookId, playbooksOf } from './playbooks.ts';

/** One step of a checklist, in words. */
export interface ChecklistRow {
  readonly id: CheckStepId;
  readonly text: string;
  readonly state: CheckState;
  /** The user ticked it. */
  readonly isTicked: boolean;
  /** What was found. */
  readonly found?: string;
  readonly url?: string;
  readonly action?: CheckAction;
}

/** A checklist of an incident. */
export interface Checklist {
  readonly id: PlaybookId;
  readonly title: string;
  readonly rows: readonly ChecklistRow[];
}

/** The checklists of an incident, in words. Pure. */
export function checklistsOf(facts: ChecklistFacts, locale: Locale): readonly Checklist[] {
  const { incident, activity, region } = facts;
  const { host, configuredHost } = incident.example.signal.evidence;
  const site = siteOf(host ?? configuredHost, region);
  const seen = new Set<CheckStepId>();
  return playbooksOf(incident, activity?.foreignUse !== undefined).map(({ id, steps }) => ({
    id,
    title: playbookTitle(id, locale.t),
    rows: steps
      .filter(step => !seen.has(step) && seen.add(step))
      .flatMap(step => rowOf(step, { facts, locale, site }) ?? []),
  }));
}

interface RowContext {
  readonly facts: ChecklistFacts;
  readonly locale: Locale;
  readonly site: Site;
}

function rowOf(id: CheckStepId, { facts, locale, site }: RowContext): ChecklistRow | undefined {
  const { words, probe, page, action, isFor } = CHECK_STEP_WORDS[id];
  if (isFor?.(facts) === false) return undefined;
  const [state, found] = probe?.(facts, locale) ?? ['unknown'];
  const wanted = typeof page === 'function' ? page(facts) : page;
  return {
    id,
    text: words(facts, locale.t),
    state,
    isTicked: facts.state.ticks.includes(id),
    ...(found === undefined ? {} : { found }),
    ...(wanted ? { url: pageUrl(wanted, site, locale.language) } : {}),
    ...(action ? { action } : {}),
  };
}

/** The name of a playbook. */
function playbookTitle(id: PlaybookId, t: Translate): string {
  switch (id) {
    case 'runaway':
      return t('The agent keeps retrying');
    case 'balance':
      return t('Out of credit despite a balance');
    case 'dailyLimit':
      return t("Usage you can't account for");
    case 'openQuota':
      return t('Rejected with quota left');
    case 'usedUp':
      return t('A used-up quota that looks like a wrong key');
    case 'wrongPlace':
      return t('Wrong key, console, region or product');
    case 'overload':
      return t('Overloaded');
    case 'connection':
      return t('No connection');
  }
}

const MARKS: Readonly<Record<CheckState, string>> = { done: 'x', notDone: '!', unknown: ' ' };

/**
 * The checklists as plain text for a terminal, each row with its number: `[x]` done, `[!]` not done,
 * `[ ]` unknown. `commands`: what does a step that isn't done. Foreign parts are single lines.
 */
export function checklistText(
  checklists: readonly Checklist[],
  commands: Partial<Record<CheckAction, string>> = {},
): string {
  let number = 0;
  const rowText = ({ text, state, isTicked, found, url, action }: ChecklistRow): string => {
    const mark = isTicked ? 'x' : MARKS[state];
    const command = mark === 'x' || !action ? undefined : commands[action];
    const words = [text, found, url, command].filter(part => part !== undefined).join(' ');
    return `${String((number += 1)).padStart(4)} [${mark}] ${words}`;
  };
  return checklists.map(({ title, rows }) => [title, ...rows.map(rowText)].join('\n')).join('\n\n');
}

/** The step that a number of `checklistText` or an id names; undefined if there is none. */
export function stepNamed(checklists: readonly Checklist[], name: string): CheckStepId | undefined {
  const rows = checklists.flatMap(one => one.rows);
  return (rows[Number(name) - 1] ?? rows.find(({ id }) => id === name))?.id;
}
