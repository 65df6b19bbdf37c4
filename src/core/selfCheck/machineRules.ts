import { type AgentId, agentName } from '../agents/signal.ts';
import {
  codesOf,
  countUnreadable,
  unreadableAdvice,
  type WatchedFolder,
} from '../agents/watchedLogs.ts';
import { durationWords } from '../base/format.ts';
import type { CheckState, MachineFacts, Rule, RuleWords, WordsContext } from './facts.ts';
import { type MemoryReason, memoryWords } from '../base/store.ts';
import { MINUTE_MS } from '../base/time.ts';

const foldersOf = ({ logs }: MachineFacts): readonly WatchedFolder[] => logs.folders ?? [];
const logCount = (facts: MachineFacts): number =>
  foldersOf(facts).reduce((sum, { fileCount }) => sum + fileCount, 0);
const unreadableCount = (facts: MachineFacts): number =>
  foldersOf(facts).reduce((sum, folder) => sum + countUnreadable(folder), 0);

function unreadableWords(facts: MachineFacts, { locale: { t } }: WordsContext): RuleWords {
  const codes = codesOf(foldersOf(facts));
  const names = agentsIn(facts, folder => countUnreadable(folder) > 0, t);
  return [
    t("{0} can't be read ({1}): {2}.", unreadableCount(facts), codes.join(t(', ')), names),
    unreadableAdvice(codes, t),
  ];
}

/** No paths: users share the report. */
function agentsIn(
  facts: MachineFacts,
  isMeant: (folder: WatchedFolder) => boolean,
  t: WordsContext['locale']['t'],
): string {
  const ids = new Set<AgentId>(
    foldersOf(facts)
      .filter(isMeant)
      .map(({ agent }) => agent),
  );
  return [...ids].map(id => agentName(id, t)).join(t(', '));
}

/** Rules for whether agent logs exist and can be read. */
export const LOG_RULES: readonly Rule<MachineFacts>[] = [
  {
    check: 'logs',
    finding: 'logsPaused',
    state: 'attention',
    when: ({ logs }) => logs.isPaused,
    words: (_, { locale: { t } }) => [
      t('They are paused in this window.'),
      t('Run Resume Reading Agent Logs.'),
    ],
  },
  {
    check: 'logs',
    finding: 'logsNotTold',
    state: 'unknown',
    when: ({ logs }) => logs.folders === undefined,
    words: (_, { locale: { t } }) => [
      t('No window has looked for logs yet.'),
      t('Try again in a moment.'),
    ],
  },
  {
    check: 'logs',
    finding: 'noLogReadable',
    state: 'broken',
    when: facts => unreadableCount(facts) > 0 && logCount(facts) <= unreadableCount(facts),
    words: unreadableWords,
  },
  {
    check: 'logs',
    finding: 'logsUnreadable',
    state: 'attention',
    when: facts => unreadableCount(facts) > 0,
    words: unreadableWords,
  },
  {
    check: 'logs',
    finding: 'noLogs',
    state: 'attention',
    when: facts => logCount(facts) === 0,
    words: (_, { locale: { t } }) => [
      t('No agent log was found on this machine.'),
      t('Use an agent once, on this machine.'),
    ],
  },
  {
    check: 'logs',
    finding: 'logsRead',
    state: 'ok',
    when: () => true,
    words: (facts, { locale: { t } }) => [
      t(
        'Found and readable: {0} ({1}).',
        agentsIn(facts, ({ fileCount }) => fileCount > 0, t),
        logCount(facts),
      ),
      '',
    ],
  },
];

/** A response takes seconds, so less than a minute is no evidence of a wrong clock. */
const RIGHT_MS = MINUTE_MS;
/** A third of the 15 minutes that a Kimi CLI sign-in lasts (docs/kimi.md 8). */
const FAR_OFF_MS = 5 * MINUTE_MS;

const skewOf = ({ clockSkewMs = 0 }: MachineFacts): number => Math.abs(clockSkewMs);

/** A positive skew means that the local clock is slow. */
function clockWords({ clockSkewMs = 0 }: MachineFacts, { locale: { t } }: WordsContext): RuleWords {
  // The header counts full seconds, so 10 minutes may appear as 9:59.
  const by = durationWords(Math.round(Math.abs(clockSkewMs) / MINUTE_MS) * MINUTE_MS, t);
  return [
    clockSkewMs > 0
      ? t('{0} slow: agents may use expired sign-ins.', by)
      : t("{0} fast: agents' sign-ins expire too early.", by),
    t('Turn on automatic time.'),
  ];
}

/** Rules for the local clock. */
export const CLOCK_RULES: readonly Rule<MachineFacts>[] = [
  {
    check: 'clock',
    finding: 'clockNotCompared',
    state: 'notTried',
    when: ({ isAnswered }) => !isAnswered,
    words: (_, { locale: { t } }) => [t('No host with a clock was reachable.'), ''],
  },
  {
    check: 'clock',
    finding: 'timeNotTold',
    state: 'unknown',
    when: ({ clockSkewMs }) => clockSkewMs === undefined,
    words: (_, { locale: { t } }) => [t('The response had no time.'), ''],
  },
  {
    check: 'clock',
    finding: 'clockFarOff',
    state: 'broken',
    when: facts => skewOf(facts) >= FAR_OFF_MS,
    words: clockWords,
  },
  {
    check: 'clock',
    finding: 'clockOff',
    state: 'attention',
    when: facts => skewOf(facts) >= RIGHT_MS,
    words: clockWords,
  },
  {
    check: 'clock',
    finding: 'clockRight',
    state: 'ok',
    when: () => true,
    words: (_, { locale: { t } }) => [t("Within a minute of Kimi's clock."), ''],
  },
];

/** Rules for whether the secret storage keeps what is saved. */
export const SECRET_RULES: readonly Rule<MachineFacts>[] = [
  {
    check: 'secrets',
    finding: 'secretsKept',
    state: 'ok',
    when: ({ secrets }) => secrets === 'stored',
    words: (_, { locale: { t } }) => [t('It saves and keeps values.'), ''],
  },
  {
    check: 'secrets',
    finding: 'secretsLost',
    state: 'broken',
    when: ({ secrets }) => secrets === 'notKept',
    words: (_, { locale: { t } }) => [
      t("It doesn't keep what is saved."),
      t('On Linux install a key ring, such as gnome-keyring.'),
    ],
  },
  {
    check: 'secrets',
    finding: 'secretsNotAnswering',
    state: 'broken',
    when: ({ secrets }) => secrets === 'timedOut',
    words: (_, { locale: { t } }) => [
      t("It doesn't respond."),
      t("Unlock the system's key ring. Linux needs one, such as gnome-keyring."),
    ],
  },
];

function inMemory(
  finding: string,
  state: CheckState,
  ...reasons: readonly MemoryReason[]
): Rule<MachineFacts> {
  return {
    check: 'database',
    finding,
    state,
    when: ({ database }) => database.kind === 'memory' && reasons.includes(database.reason),
    words: ({ database }, { locale: { t }, surface }) => [
      surface === 'editor'
        ? t('Nothing can be saved: the history ends with this window.')
        : t('Nothing can be saved: check --max-age keeps no response.'),
      database.kind === 'memory' ? memoryWords(database.reason, t) : '',
    ],
  };
}

/** Rules for the database. */
export const DATABASE_RULES: readonly Rule<MachineFacts>[] = [
  {
    check: 'database',
    finding: 'databaseWorks',
    state: 'ok',
    when: ({ database }) => database.kind === 'disk',
    words: (_, { locale: { t } }) => [t('It can be read and written.'), ''],
  },
  inMemory('diskFull', 'broken', 'full'),
  inMemory('notWritable', 'broken', 'readOnly', 'cannotOpen'),
  inMemory('databaseDamaged', 'broken', 'io', 'damaged', 'disposed'),
  inMemory('databaseBusy', 'attention', 'busy'),
  inMemory('newerDatabase', 'attention', 'newerSchema'),
];

/** Rules for the window that checks Kimi and follows the logs. */
export const LEASE_RULES: readonly Rule<MachineFacts>[] = [
  {
    check: 'lease',
    finding: 'thisWindow',
    state: 'ok',
    when: ({ lease }) => lease === 'here',
    words: (_, { locale: { t } }) => [
      t('This window checks Kimi and reads the logs for all windows.'),
      '',
    ],
  },
  {
    check: 'lease',
    finding: 'anotherWindow',
    state: 'ok',
    when: ({ lease }) => lease === 'elsewhere',
    words: (_, { locale: { t } }) => [
      t(
        'Another window checks for all windows. If it closes, one of the others continues within 30 s.',
      ),
      '',
    ],
  },
];

const levelOf = ({ statusPage }: MachineFacts) =>
  statusPage?.kind === 'read' ? statusPage.level : undefined;
const incidentOf = ({ statusPage }: MachineFacts) =>
  statusPage?.kind === 'read' ? statusPage.incident : undefined;

function troubleWords(facts: MachineFacts, { locale: { t } }: WordsContext): RuleWords {
  const incident = incidentOf(facts);
  const whole =
    levelOf(facts) === 'down'
      ? t('Kimi reports that its API is down.')
      : t('Kimi reports API problems.');
  return [
    incident === undefined ? whole : t('{0} The page mentions: {1}.', whole, incident),
    t("Wait. It isn't your key or your machine."),
  ];
}

/** Rules for Kimi's status page. */
export const STATUS_RULES: readonly Rule<MachineFacts>[] = [
  {
    check: 'statusPage',
    finding: 'statusNotTried',
    state: 'notTried',
    when: ({ statusPage }) => statusPage === undefined,
    words: (_, { locale: { t }, surface }) => [
      t('status.moonshot.cn is checked only on request.'),
      surface === 'editor' ? t('Select this row to check.') : t('Check with --status-page.'),
    ],
  },
  {
    check: 'statusPage',
    finding: 'apiDown',
    state: 'broken',
    when: facts => levelOf(facts) === 'down',
    words: troubleWords,
  },
  {
    check: 'statusPage',
    finding: 'apiInTrouble',
    state: 'attention',
    when: facts => levelOf(facts) === 'degraded',
    words: troubleWords,
  },
  {
    check: 'statusPage',
    finding: 'apiWell',
    state: 'ok',
    when: facts => levelOf(facts) === 'well',
    words: (_, { locale: { t } }) => [t('Kimi reports that its API works.'), ''],
  },
  {
    check: 'statusPage',
    finding: 'statusNotRead',
    state: 'unknown',
    when: () => true,
    words: (_, { locale: { t } }) => [
      t('The response of status.moonshot.cn could not be read.'),
      t('Open it in a browser.'),
    ],
  },
];
