import { agentName } from '../agents/activityFacts.ts';
import type { AgentId } from '../agents/signal.ts';
import { countUnreadable, type WatchedFolder } from '../agents/watchedLogs.ts';
import { codesOf, unreadableAdvice } from '../agents/watchedRows.ts';
import type { MachineFacts } from './facts.ts';
import type { Rule, RuleWords, WordsContext } from './rule.ts';

const foldersOf = ({ logs }: MachineFacts): readonly WatchedFolder[] => logs.folders ?? [];
const logCount = (facts: MachineFacts): number =>
  foldersOf(facts).reduce((sum, { fileCount }) => sum + fileCount, 0);
const unreadableCount = (facts: MachineFacts): number =>
  foldersOf(facts).reduce((sum, folder) => sum + countUnreadable(folder), 0);

function unreadableWords(facts: MachineFacts, { locale: { t } }: WordsContext): RuleWords {
  const codes = codesOf(foldersOf(facts));
  const names = agentsIn(facts, folder => countUnreadable(folder) > 0, t);
  return [
    t('{0} cannot be read ({1}): {2}.', unreadableCount(facts), codes.join(', '), names),
    unreadableAdvice(codes, t),
  ];
}

/** No path: the report is for others too. */
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
  return [...ids].map(id => agentName(id, t)).join(', ');
}

/** Whether the agents' logs are there and can be read. */
export const LOG_RULES: readonly Rule<MachineFacts>[] = [
  {
    check: 'logs',
    finding: 'logsPaused',
    state: 'attention',
    when: ({ logs }) => logs.isPaused,
    words: (_, { locale: { t } }) => [
      t('They are paused in this window.'),
      t("Run Resume Reading Agents' Logs."),
    ],
  },
  {
    check: 'logs',
    finding: 'logsNotTold',
    state: 'unknown',
    when: ({ logs }) => logs.folders === undefined,
    words: (_, { locale: { t } }) => [
      t('No window has looked for logs so far.'),
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
      t('No log of an agent was found on this machine.'),
      t('Use an agent once, here and not on another machine.'),
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
