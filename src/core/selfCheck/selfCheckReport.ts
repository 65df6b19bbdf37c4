import { accountName, type AccountId } from '../account.ts';
import type { Translate } from '../ports.ts';
import { momentWords } from '../words.ts';
import type { CheckRow } from './judgeFacts.ts';
import type { CheckId, CheckState, WordsContext } from './rule.ts';

/** What `kimi-quota doctor --json` prints. */
export interface SelfCheckReport {
  readonly schema: 1;
  /** ISO 8601 UTC. */
  readonly at: string;
  /** The worst of all rows; what is unknown or was not tried does not count. */
  readonly state: 'ok' | 'attention' | 'broken';
  readonly rows: readonly RowReport[];
}

/** One line of it. */
export interface RowReport {
  readonly check: CheckId;
  /** Null: it is about the machine. */
  readonly account: AccountId | null;
  readonly state: CheckState;
  readonly finding: string;
  readonly means: string;
  /** Null: nothing is to be done. */
  readonly toDo: string | null;
}

/** The rows for programs. Pure. */
export function selfCheckReport(rows: readonly CheckRow[], now: number): SelfCheckReport {
  return {
    schema: 1,
    at: new Date(now).toISOString(),
    state: worstOf(rows),
    rows: rows.map(({ check, account, state, finding, means, toDo }) => ({
      check,
      account: account ?? null,
      state,
      finding,
      means,
      toDo: toDo === '' ? null : toDo,
    })),
  };
}

/** The worst state of all rows. */
export function worstOf(rows: readonly CheckRow[]): SelfCheckReport['state'] {
  if (rows.some(({ state }) => state === 'broken')) return 'broken';
  return rows.some(({ state }) => state === 'attention') ? 'attention' : 'ok';
}

/** A state in a word or two. */
export function checkStateWords(state: CheckState, t: Translate): string {
  switch (state) {
    case 'ok':
      return t('works');
    case 'attention':
      return t('needs attention');
    case 'broken':
      return t('broken');
    case 'unknown':
      return t('unknown');
    case 'notTried':
      return t('not tried');
  }
}

/** The whole as a text to read or to send: no key, no path, no host but Kimi's own. */
export function selfCheckText(
  rows: readonly CheckRow[],
  /** Which program on what, such as `VS Code 1.105, linux`. */
  place: string,
  { locale, now }: WordsContext,
): string {
  const { t } = locale;
  const groups = [...new Set(rows.map(({ account }) => account))];
  return [
    t('Kimi Quota, self-check: {0}, {1}', place, momentWords(now, now, locale)),
    ...groups.flatMap(group => [
      '',
      group === undefined ? t('This machine') : accountName(group, t),
      ...rows.filter(({ account }) => account === group).flatMap(row => rowLines(row, t)),
    ]),
    '',
    verdictWords(rows, t),
    '',
  ].join('\n');
}

function rowLines({ title, state, means, toDo }: CheckRow, t: Translate): string[] {
  const line = `  ${t('{0}: {1}. {2}', title, checkStateWords(state, t), means)}`;
  return toDo === '' ? [line] : [line, `    → ${toDo}`];
}

/** The whole in one sentence. */
export function verdictWords(rows: readonly CheckRow[], t: Translate): string {
  const broken = rows.filter(({ state }) => state === 'broken');
  const attention = rows.filter(({ state }) => state === 'attention');
  const titles = (some: readonly CheckRow[]) => some.map(({ title }) => title).join(', ');
  if (broken.length > 0) return t('Broken: {0}.', titles(broken));
  if (attention.length > 0) return t('Works, but look at: {0}.', titles(attention));
  return t('All that was tried works.');
}
