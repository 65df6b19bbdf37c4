import type { Incident } from '../incidents/incident.ts';
import { troubleOf } from '../incidents/trouble.ts';
import type { Cause } from '../incidents/verdict.ts';

/** All steps of the playbooks; `checklistSteps.ts` has words and probes for each. */
export const CHECK_STEPS = [
  'stopAgent',
  'capRetries',
  'readText',
  'keepSignIn',
  'whichHost',
  'gatewayBetween',
  'testDirectly',
  'sameOrganization',
  'voucherAndCash',
  'askGateway',
  'temporaryKey',
  'rightConsole',
  'signInKind',
  'keyFitsHost',
  'modelFitsProduct',
  'quotaLeft',
  'belowLimit',
  'fewerAgents',
  'backOff',
  'queueOrBatch',
  'otherDevices',
  'findPrograms',
  'runningAgents',
  'remoteSessions',
  'explainedUse',
  'newKey',
  'revokeKey',
  'switchPrograms',
  'oldKeyRefused',
  'waitForReset',
  'statusPage',
  'peakHours',
  'lowerEffort',
  'otherModel',
  'network',
  'askForum',
] as const;

/** One of `CHECK_STEPS`. */
export type CheckStepId = (typeof CHECK_STEPS)[number];

/** The playbooks, in the order in which they are shown. */
export type PlaybookId =
  | 'runaway'
  | 'balance'
  | 'dailyLimit'
  | 'openQuota'
  | 'usedUp'
  | 'wrongPlace'
  | 'overload'
  | 'connection';

/** A playbook: steps in order, from what a program can check to what only the user can do. */
export interface Playbook {
  readonly id: PlaybookId;
  /** The causes that it is for. */
  readonly causes: readonly Cause[];
  readonly steps: readonly CheckStepId[];
}

/** A new key, and the proof that the old one is dead. */
const REPLACE_KEY = ['newKey', 'revokeKey', 'switchPrograms', 'oldKeyRefused'] as const;

/** All playbooks. */
export const PLAYBOOKS: readonly Playbook[] = [
  {
    id: 'balance',
    causes: ['balance', 'gateway_balance'],
    steps: [
      ...(['whichHost', 'gatewayBetween', 'voucherAndCash', 'testDirectly'] as const),
      ...(['temporaryKey', 'sameOrganization', 'rightConsole', 'askGateway', 'askForum'] as const),
    ],
  },
  {
    id: 'dailyLimit',
    causes: ['tpd'],
    steps: [
      ...(['rightConsole', 'signInKind', 'sameOrganization', 'findPrograms'] as const),
      ...(['runningAgents', 'remoteSessions', 'explainedUse', ...REPLACE_KEY] as const),
      ...(['waitForReset', 'backOff', 'queueOrBatch', 'testDirectly', 'askForum'] as const),
    ],
  },
  {
    id: 'openQuota',
    causes: ['own_concurrency', 'foreign_concurrency', 'rpm', 'tpm'],
    steps: [
      ...(['quotaLeft', 'belowLimit', 'testDirectly', 'fewerAgents', 'backOff'] as const),
      ...(['queueOrBatch', 'otherDevices', 'statusPage', 'askForum'] as const),
    ],
  },
  {
    id: 'usedUp',
    causes: ['quota_5h', 'quota_weekly', 'quota_monthly', 'quota_unspecified'],
    steps: ['readText', 'keepSignIn', 'quotaLeft', 'testDirectly', 'rightConsole', 'waitForReset'],
  },
  {
    id: 'wrongPlace',
    causes: [
      ...(['wrong_key', 'token_expired', 'wrong_endpoint', 'client_not_accepted'] as const),
      ...(['membership', 'entitlement'] as const),
    ],
    steps: [
      ...(['readText', 'whichHost', 'keyFitsHost', 'modelFitsProduct', 'testDirectly'] as const),
      ...(['rightConsole', 'signInKind', 'findPrograms'] as const),
    ],
  },
  {
    id: 'overload',
    causes: ['overloaded', 'disguised_overload', 'server_error'],
    steps: [
      ...(['statusPage', 'testDirectly', 'peakHours', 'quotaLeft', 'lowerEffort'] as const),
      ...(['otherModel', 'backOff', 'askForum'] as const),
    ],
  },
  {
    id: 'connection',
    causes: ['network'],
    steps: ['whichHost', 'testDirectly', 'network', 'statusPage'],
  },
];

const RUNAWAY: Playbook = {
  id: 'runaway',
  causes: [],
  steps: ['stopAgent', 'capRetries', 'runningAgents', 'testDirectly'],
};

const byId = (id: PlaybookId): Playbook | undefined => PLAYBOOKS.find(one => one.id === id);

/**
 * The playbooks for an incident: one for an agent that can't stop, one for the cause, and the one
 * about other users of the key if quota fell while no agent here was working. At most three.
 */
export function playbooksOf(incident: Incident, hasForeignUse: boolean): readonly Playbook[] {
  const { verdict } = incident;
  const main = PLAYBOOKS.find(({ causes }) => causes.includes(verdict.cause)) ?? unsureOf(incident);
  const isLeak = hasForeignUse && main?.id === 'usedUp';
  return [
    verdict.isRunaway ? RUNAWAY : undefined,
    main,
    isLeak ? byId('dailyLimit') : undefined,
  ].filter(one => one !== undefined);
}

/** While the cause is unclear: by what the text reports. */
function unsureOf({ verdict, category, fields }: Incident): Playbook | undefined {
  if (verdict.cause !== 'unsure') return undefined;
  switch (troubleOf(fields.says ?? category)) {
    case 'account':
      return byId('balance');
    case 'rate':
    case 'vague':
      return byId('openQuota');
    case 'quota':
      return byId('usedUp');
    case 'busy':
      return byId('overload');
    case 'key':
    case 'request':
      return byId('wrongPlace');
    case 'network':
      return byId('connection');
    case 'other':
      return undefined;
  }
}
