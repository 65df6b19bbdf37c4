import type { AccountId } from '../account.ts';
import { CHAT_RULES, MODEL_RULES, QUOTA_RULES } from './answerRules.ts';
import type { AccountFacts, MachineFacts, SelfCheckFacts } from './facts.ts';
import { HOST_RULES, KEY_RULES } from './keyRules.ts';
import { LOG_RULES } from './logRules.ts';
import {
  CLOCK_RULES,
  DATABASE_RULES,
  LEASE_RULES,
  SECRET_RULES,
  STATUS_RULES,
} from './machineRules.ts';
import { CERTIFICATE_RULES, NETWORK_RULES, PROXY_RULES } from './networkRules.ts';
import { CHECKS, type CheckId, type CheckState, type Rule, type WordsContext } from './rule.ts';

/** The table for one account: of each check the first rule that holds makes the row. */
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

/** The table for the machine. Of a check that this place does not have no rule holds. */
export const MACHINE_RULES: readonly Rule<MachineFacts>[] = [
  ...CLOCK_RULES,
  ...LOG_RULES,
  ...SECRET_RULES,
  ...DATABASE_RULES,
  ...LEASE_RULES,
  ...STATUS_RULES,
];

/** One line of the report. */
export interface CheckRow {
  readonly check: CheckId;
  /** Absent: it is about the machine. */
  readonly account?: AccountId;
  /** A name for what was found, the same in all languages. */
  readonly finding: string;
  readonly state: CheckState;
  readonly title: string;
  readonly means: string;
  /** Empty: nothing is to be done. */
  readonly toDo: string;
}

/** What is known, as lines: the accounts one after the other, then the machine. Pure. */
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
      return t("Agents' logs");
    case 'secrets':
      return t('Secret storage');
    case 'database':
      return t('Database');
    case 'lease':
      return t('Window in charge');
    case 'statusPage':
      return t("Kimi's status page");
  }
}
