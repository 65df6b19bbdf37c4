import { type AccountId, accountName } from '../accounts/endpoint.ts';
import { momentWords } from '../base/format.ts';
import type { Translate } from '../base/ports.ts';
import { CHAT_RULES, MODEL_RULES, QUOTA_RULES } from './answerRules.ts';
import {
  type AccountFacts,
  type CheckId,
  CHECKS,
  type CheckState,
  type MachineFacts,
  type Rule,
  type SelfCheckFacts,
  type WordsContext,
} from './facts.ts';
import { HOST_RULES, KEY_RULES } from './keyRules.ts';
import {
  CLOCK_RULES,
  DATABASE_RULES,
  LEASE_RULES,
  LOG_RULES,
  SECRET_RULES,
  STATUS_RULES,
} from './machineRules.ts';
import { CERTIFICATE_RULES, NETWORK_RULES, PROXY_RULES } from './networkRules.ts';

/** What `kimi-quota doctor --json` prints. */
export interface SelfCheckReport {
  readonly schema: 1;
  /** ISO 8601 UTC. */
  readonly at: string;
  /** The worst state of all rows; unknown and skipped rows don't count. */
  readonly state: 'ok' | 'attention' | 'broken';
  readonly rows: readonly RowReport[];
}

/** One row of the report. */
interface RowReport {
  readonly check: CheckId;
  /** Null for the machine. */
  readonly account: AccountId | null;
  readonly state: CheckState;
  readonly finding: string;
  readonly means: string;
  /** Null if there is nothing to do. */
  readonly toDo: string | null;
}

/** The report for `--json`. Pure. */
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

/** The name of a state. */
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
      return t('not tested');
  }
}

/** The report as text that is safe to share: no key, no path, no host except Kimi's. */
export function selfCheckText(
  rows: readonly CheckRow[],
  /** Program and system, such as `VS Code 1.105, linux`. */
  place: string,
  { locale, now }: WordsContext,
): string {
  const { t } = locale;
  const groups = [...new Set(rows.map(({ account }) => account))];
  return [
    t('Kimi Quota self-check: {0}, {1}', place, momentWords(now, now, locale)),
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

/** The result in one sentence. */
export function verdictWords(rows: readonly CheckRow[], t: Translate): string {
  const broken = rows.filter(({ state }) => state === 'broken');
  const attention = rows.filter(({ state }) => state === 'attention');
  const titles = (some: readonly CheckRow[]) => some.map(({ title }) => title).join(t(', '));
  if (broken.length > 0) return t('Broken: {0}.', titles(broken));
  if (attention.length > 0) return t('Works, with warnings: {0}.', titles(attention));
  return t('All completed checks passed.');
}

/** The rules for one account; the first matching rule of a check produces its row. */
export const ACCOUNT_RULES: readonly Rule<AccountFacts>[] = [
  ...KEY_RULES,
  ...HOST_RULES,
  ...NETWORK_RULES,
  ...PROXY_RULES,
  ...CERTIFICATE_RULES,
  ...QUOTA_RULES,
  ...MODEL_RULES,
  ...CHAT_RULES,
];

/** The rules for the machine; none matches a check that doesn't apply here. */
export const MACHINE_RULES: readonly Rule<MachineFacts>[] = [
  ...CLOCK_RULES,
  ...LOG_RULES,
  ...SECRET_RULES,
  ...DATABASE_RULES,
  ...LEASE_RULES,
  ...STATUS_RULES,
];

/** One row of the self-check. */
export interface CheckRow {
  readonly check: CheckId;
  /** Absent for the machine. */
  readonly account?: AccountId;
  /** Stable id of the finding. */
  readonly finding: string;
  readonly state: CheckState;
  readonly title: string;
  readonly means: string;
  /** Empty if there is nothing to do. */
  readonly toDo: string;
}

/** All rows: the accounts in order, then the machine. Pure. */
export function judgeFacts(facts: SelfCheckFacts, context: WordsContext): readonly CheckRow[] {
  const accounts = facts.accounts.flatMap(account =>
    rowsOf(ACCOUNT_RULES, account, context).map(row => {
      const { id, endpoint } = account.account;
      const isPlatform = 'origin' in endpoint && endpoint.product === 'openPlatform';
      return { ...row, account: id, title: titleOf(row.check, isPlatform, context) };
    }),
  );
  const machine = rowsOf(MACHINE_RULES, facts.machine, context).map(row => ({
    ...row,
    title: titleOf(row.check, false, context),
  }));
  return [...accounts, ...machine];
}

function rowsOf<Facts>(rules: readonly Rule<Facts>[], facts: Facts, context: WordsContext) {
  return CHECKS.flatMap(check => {
    const rule = rules.find(each => each.check === check && each.when(facts));
    if (!rule) return [];
    const { finding, state } = rule;
    const [means, toDo] = rule.words(facts, context);
    return [{ check, finding, state, means, toDo }];
  });
}

function titleOf(check: CheckId, isPlatform: boolean, { locale: { t } }: WordsContext): string {
  switch (check) {
    case 'key':
      return t('Key');
    case 'host':
      return t('Host and region');
    case 'network':
      return t('Network');
    case 'proxy':
      return t('Proxy');
    case 'certificate':
      return t('Certificate');
    case 'quota':
      return isPlatform ? t('Balance') : t('Quota');
    case 'models':
      return t('Models');
    case 'chat':
      return t('Chat request');
    case 'clock':
      return t('Clock');
    case 'logs':
      return t('Agent logs');
    case 'secrets':
      return t('Secret storage');
    case 'database':
      return t('Database');
    case 'lease':
      return t('Active window');
    case 'statusPage':
      return t("Kimi's status page");
  }
}
