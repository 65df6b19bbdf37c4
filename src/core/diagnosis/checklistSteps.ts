import type { KimiPage } from '../accounts/links.ts';
import { AGENT_IDS, agentName } from '../agents/signal.ts';
import type { Translate } from '../base/ports.ts';
import { productOfIncident } from '../incidents/accountOfIncident.ts';
import { backoffWords } from './backoff.ts';
import type { CheckAction, ChecklistFacts } from './checklistFacts.ts';
import type { CheckStepId } from './playbooks.ts';
import {
  balanceProbe,
  directProbe,
  explainedProbe,
  gatewayProbe,
  hostProbe,
  keyProbe,
  oldKeyProbe,
  organizationProbe,
  parallelProbe,
  peakProbe,
  placesProbe,
  type Probe,
  quotaProbe,
  resetProbe,
  runningProbe,
  statusProbe,
  stoppedProbe,
  switchedProbe,
  textProbe,
} from './checklistProbes.ts';

/** One step: its words, and what a program can find out about it. */
interface CheckStep {
  readonly words: (facts: ChecklistFacts, t: Translate) => string;
  /** Default: unknown, the user ticks it. */
  readonly probe?: Probe;
  readonly page?: KimiPage | ((facts: ChecklistFacts) => KimiPage);
  readonly action?: CheckAction;
  /** Default: every incident of the playbook. */
  readonly isFor?: (facts: ChecklistFacts) => boolean;
}

const isPlatform = ({ incident }: ChecklistFacts): boolean =>
  productOfIncident(incident) === 'open-platform' ||
  incident.category === 'tpd' ||
  (incident.fields.says ?? incident.category) === 'balance';

const consoleOf = (facts: ChecklistFacts): KimiPage =>
  isPlatform(facts) ? 'platformConsole' : 'codeConsole';

/** A newer version may have stored an agent unknown to this one. */
const agentOf = ({ incident }: ChecklistFacts) =>
  incident.places.map(({ agent }) => agent).find(agent => AGENT_IDS.includes(agent));
const nameOf = (facts: ChecklistFacts, t: Translate): string => {
  const agent = agentOf(facts);
  return agent === undefined ? t('the agent') : agentName(agent, t);
};

/** Every step of the playbooks. */
export const CHECK_STEP_WORDS: Readonly<Record<CheckStepId, CheckStep>> = {
  stopAgent: {
    words: (facts, t) => t('Stop {0}.', nameOf(facts, t)),
    probe: stoppedProbe,
  },
  capRetries: {
    words: (facts, t) =>
      agentOf(facts) === 'kimi-code'
        ? t('Remove KIMI_CODE_INFINITE_RETRY, or lower max_attempts_per_step.')
        : backoffWords(agentOf(facts), nameOf(facts, t), t),
  },
  readText: {
    words: (_, t) => t("Read the error text, not the agent's label or the HTTP status."),
    probe: textProbe,
  },
  keepSignIn: {
    words: (_, t) => t("Don't sign in again before you know whether Kimi accepts the key."),
    probe: keyProbe,
  },
  whichHost: {
    words: (_, t) => t('Check which host the agent uses.'),
    probe: hostProbe,
    page: facts => (isPlatform(facts) ? 'platformConsole' : 'otherAgents'),
  },
  gatewayBetween: {
    words: (_, t) => t('Check whether a gateway, router or proxy is in between.'),
    probe: gatewayProbe,
  },
  testDirectly: {
    words: (_, t) => t('Send one request directly, without the agent.'),
    probe: directProbe,
    action: 'testAccount',
  },
  sameOrganization: {
    words: (_, t) => t('Compare the organization in the error with that of your key.'),
    probe: organizationProbe,
    page: 'platformConsole',
    isFor: isPlatform,
  },
  voucherAndCash: {
    words: (_, t) => t('Check the balance: voucher and cash.'),
    probe: balanceProbe,
    page: 'platformConsole',
  },
  askGateway: {
    words: (_, t) => t('Send the error to whoever runs the gateway.'),
  },
  temporaryKey: {
    words: (_, t) => t('To test elsewhere, create a key for that and delete it afterwards.'),
    page: consoleOf,
  },
  rightConsole: {
    words: (_, t) => t('Open the console in which this key was created: each has its own keys.'),
    page: consoleOf,
  },
  signInKind: {
    words: (_, t) => t('Sign in the same way: a phone number and Google are separate accounts.'),
  },
  keyFitsHost: {
    words: (_, t) =>
      t('Check the key: sk-kimi- is for Kimi Code, any other sk- for the open platform.'),
    probe: keyProbe,
  },
  modelFitsProduct: {
    words: (_, t) => t('Check the model: each product and plan has its own.'),
    page: 'models',
  },
  quotaLeft: {
    words: (_, t) => t('Check which quota is left.'),
    probe: quotaProbe,
    page: consoleOf,
    isFor: facts => !isPlatform(facts),
  },
  belowLimit: {
    words: (_, t) => t('Check the requests in flight against the parallel limit.'),
    probe: parallelProbe,
  },
  fewerAgents: {
    words: (_, t) => t('Run fewer agents or sub-agents in parallel.'),
  },
  backOff: {
    words: (facts, t) => backoffWords(agentOf(facts), nameOf(facts, t), t),
  },
  queueOrBatch: {
    words: (_, t) => t("Queue what isn't urgent, or send it as a batch if your tier has that."),
    page: 'platformLimits',
    isFor: isPlatform,
  },
  otherDevices: {
    words: (_, t) => t('Check in the console which devices and keys use the account.'),
    page: consoleOf,
  },
  findPrograms: {
    words: (_, t) => t('Find the programs on this machine that contain this key.'),
    probe: placesProbe,
    action: 'findPrograms',
  },
  runningAgents: {
    words: (_, t) => t('Stop agents that should not run.'),
    probe: runningProbe,
  },
  remoteSessions: {
    words: (_, t) => t('Close remote shells, containers, CI jobs and schedules with this key.'),
  },
  explainedUse: {
    words: (_, t) => t('Compare the use with what agents here did.'),
    probe: explainedProbe,
  },
  newKey: {
    words: (_, t) => t('If no tool of yours ran, assume that the key leaked: create a new one.'),
    page: consoleOf,
  },
  revokeKey: {
    words: (_, t) => t('Delete the old key in the console.'),
    page: consoleOf,
  },
  switchPrograms: {
    words: (_, t) => t('Set the new key in every program that contained the old one.'),
    probe: switchedProbe,
  },
  oldKeyRefused: {
    words: (_, t) => t('Confirm that Kimi rejects the old key: one request, no tokens.'),
    probe: oldKeyProbe,
    action: 'testOldKey',
  },
  waitForReset: {
    words: (facts, t) =>
      facts.incident.verdict.cause === 'tpd'
        ? t('Wait: the daily limit is a rolling 24 hours and may lag.')
        : t('Wait for the reset.'),
    probe: resetProbe,
  },
  statusPage: {
    words: (_, t) => t("Check Kimi's status page: is it everyone, or you?"),
    probe: statusProbe,
    page: 'status',
    action: 'statusPage',
  },
  peakHours: {
    words: (_, t) => t('Avoid peak hours: weekdays 14:00 to 17:00 in Beijing.'),
    probe: peakProbe,
  },
  lowerEffort: {
    words: (_, t) => t('Lower the thinking effort: "max" may be rejected as overloaded.'),
  },
  otherModel: {
    words: (_, t) => t('Switch to another model.'),
    page: 'models',
  },
  network: {
    words: (_, t) => t('Check the network, proxy and VPN.'),
  },
  askForum: {
    words: (_, t) => t('Look for the same report in the forum, where staff answer.'),
    page: 'forum',
  },
};
