import { countedPoints, countedTokens, subagentWords } from '../base/counts.ts';
import type { KimiPage } from '../accounts/links.ts';
import { type AgentId, agentName } from '../agents/signal.ts';
import { durationWords, clockWords, shortMoment } from '../base/format.ts';
import type { Locale, Translate } from '../base/ports.ts';
import { MINUTE_MS } from '../base/time.ts';
import type { Cause, Step, StepId, Verdict } from '../incidents/verdict.ts';
import { numberWords, spanWords } from './evidenceWords.ts';

/** The context of a step. */
export interface StepContext {
  readonly cause: Cause;
  readonly isOpenPlatform: boolean;
  readonly locale: Locale;
}

/** One next step in words for the failing agent. */
export function stepWords(step: Step, context: StepContext): string {
  const { locale } = context;
  const { t } = locale;
  switch (step.id) {
    case 'fewerAgents':
      return fewerAgents(step, t);
    case 'findOtherUser':
      return findOtherUser(step, context);
    case 'lowerMaxTokens':
      return lowerMaxTokens(step, locale);
    case 'switchModel':
      return switchModel(step, context);
    case 'raiseTier':
      return context.cause === 'tpd'
        ? t('Top up to tier 1 of the open platform: it has no daily limit.')
        : t('Top up to a higher open platform tier: its limits are higher.');
    case 'checkKey':
      return checkKey(context);
    case 'checkUsages':
      return context.cause === 'unsure'
        ? t('Right after the next failure, check your quota: a used-up one is the cause.')
        : t('Check the console for your remaining quota and reset times.');
    case 'compact':
      return compact(step.agent, t);
    case 'signInAgain':
      return t('Use {0} once: it renews its sign-in. If not, run /login.', nameOf(step, t));
    case 'turnOnDebug':
      return step.agent === 'continue'
        ? t('Start cn with --verbose: its log then contains the error text.')
        : t('Start Claude Code with --debug: its log then contains the error text.');
    case 'stopAgent':
      return t("Stop {0}: its request can't succeed.", nameOf(step, t));
    default:
      return (FIXED[step.id] ?? FIXED.copyTicket)(t);
  }
}

/** A newer version may have stored an unknown agent or step. */
const nameOf = ({ agent }: Step, t: Translate): string =>
  agent === undefined ? t('the agent') : agentName(agent, t);

type FixedStep = Exclude<
  StepId,
  | 'fewerAgents'
  | 'findOtherUser'
  | 'lowerMaxTokens'
  | 'switchModel'
  | 'raiseTier'
  | 'checkKey'
  | 'checkUsages'
  | 'compact'
  | 'signInAgain'
  | 'turnOnDebug'
  | 'stopAgent'
>;

const FIXED: Readonly<Record<FixedStep, (t: Translate) => string>> = {
  tryAlone: t => t('Run a single task. If it works, parallel requests were the problem.'),
  testDirectly: t =>
    t('Test this account directly: it shows whether the account or something else refuses.'),
  readGuidelines: t => t('Check the community guidelines for permitted use.'),
  extraUsage: t => t('Extra Usage lets you continue when a quota is used up.'),
  upgradePlan: t => t('A larger plan has a higher limit.'),
  renewPlan: t => t('Renew the plan, or choose one that includes Kimi Code.'),
  limitContext: t =>
    t("Shorten the conversation, and lower the model's context limit in the agent."),
  topUp: t => t('Top up in the open platform console.'),
  topUpGateway: t => t('Top up at the gateway, or ask who runs it: its account was rejected.'),
  slowDown: t => t('Leave more time between requests.'),
  checkStatusPage: t => t("Check Kimi's status page to see whether others are affected."),
  lowerEffort: t => t('Lower the thinking effort: "max" may be rejected as overloaded.'),
  checkHost: t =>
    t('Check the base URL: sk-kimi- keys use api.kimi.com/coding, other keys api.moonshot.ai/v1.'),
  useSupportedClient: t => t('Use an agent that Kimi supports, in its current version.'),
  contactSupport: t => t('Contact Kimi support; only they can see more.'),
  checkNetwork: t => t('Check the network, proxy and VPN.'),
  askProvider: t => t('Check the limits of the provider that the agent uses.'),
  copyTicket: t => t('If it keeps happening, contact Kimi support.'),
};

/** Leaves room for the main thread and other programs. */
const fewerThan = (count: number | undefined): number =>
  count === undefined ? 5 : Math.max(1, Math.floor(count * 0.8));

/** What a step sets or runs, to copy: an environment variable or a command; undefined without one. */
export function codeOfStep({ id, agent, count }: Step): string | undefined {
  const isSlashAgent = agent === 'kimi-code' || agent === 'claude-code';
  switch (id) {
    case 'fewerAgents':
      return agent === 'kimi-code'
        ? `KIMI_CODE_AGENT_SWARM_MAX_CONCURRENCY=${fewerThan(count)}`
        : undefined;
    case 'compact':
      return isSlashAgent ? '/compact' : undefined;
    case 'switchModel':
      return isSlashAgent ? '/model' : undefined;
    case 'signInAgain':
      return '/login';
    case 'turnOnDebug':
      return agent === 'continue' ? 'cn --verbose' : 'claude --debug';
    default:
      return undefined;
  }
}

function fewerAgents({ agent, count }: Step, t: Translate): string {
  const most = fewerThan(count);
  switch (agent) {
    case 'kimi-code':
      return t(
        'Set KIMI_CODE_AGENT_SWARM_MAX_CONCURRENCY={0} for Kimi Code, or give it fewer tasks. Tower mode has no such setting: name the limit in your prompt.',
        most,
      );
    case 'claude-code':
      return most === 1
        ? t('Tell Claude Code to use one sub-agent at a time.')
        : t('Tell Claude Code to use at most {0} sub-agents in parallel.', most);
    case 'kimi-cli':
      return t(
        'Ask Kimi CLI for at most {0}. Or remove CreateSubagent from its agent file.',
        subagentWords(most, t),
      );
    default:
      return most === 1
        ? t('Run one task at a time.')
        : t('Run at most {0} tasks in parallel.', most);
  }
}

function findOtherUser({ count, machine }: Step, { cause, locale }: StepContext): string {
  const { t } = locale;
  if (machine !== undefined)
    return t('Run fewer agents on {0}, or wait until it is done.', machine);
  if (count === undefined) return t('Check in the console which devices and keys use the account.');
  return cause === 'tpd' || cause === 'tpm'
    ? t(
        'Check the console for other devices or keys, which used {0}.',
        countedTokens(count, t, numberWords(count, locale)),
      )
    : t('Check the console for other devices or keys, which used {0}.', countedPoints(count, t));
}

function lowerMaxTokens({ agent, count }: Step, locale: Locale): string {
  const { t } = locale;
  if (agent === 'claude-code')
    return t('Lower CLAUDE_CODE_MAX_OUTPUT_TOKENS: all of it counts toward TPM, used or not.');
  return count === undefined
    ? t('Lower max_completion_tokens: all of it counts toward TPM, used or not.')
    : t(
        'Lower max_completion_tokens from {0}: all of it counts toward TPM, used or not.',
        numberWords(count, locale),
      );
}

function switchModel({ agent }: Step, { cause, locale: { t } }: StepContext): string {
  if (cause === 'wrong_endpoint') return t("Check the model name in the agent's settings.");
  switch (agent) {
    case 'claude-code':
      return t('Use another model in Claude Code: /model or ANTHROPIC_MODEL.');
    case 'kimi-code':
      return t('Use another model in Kimi Code: /model.');
    default:
      return t('Switch to another model.');
  }
}

function checkKey({ cause, isOpenPlatform, locale: { t } }: StepContext): string {
  switch (cause) {
    case 'tpd':
      return t(
        'If you have a Kimi Code plan, use its key (sk-kimi-…) in the agent: it has no TPD limit.',
      );
    case 'wrong_key':
      return isOpenPlatform
        ? t('Create a key in the open platform console and set it in the agent.')
        : t('Create a key in the Kimi Code console and set it in the agent.');
    case 'balance':
      return t("Check which organization the agent's key belongs to.");
    default:
      return t("Check which account the agent's key belongs to. It may be another one.");
  }
}

function compact(agent: AgentId | undefined, t: Translate): string {
  return agent === 'kimi-code' || agent === 'claude-code'
    ? t('Run /compact, or start a new session.')
    : t('Shorten the conversation, or start a new one.');
}

/** The Kimi page for a step, if any. */
export function pageOfStep(
  id: StepId,
  { cause, isOpenPlatform }: StepContext,
): KimiPage | undefined {
  switch (id) {
    case 'checkUsages':
      if (cause === 'unsure') return undefined;
      return isOpenPlatform ? 'platformConsole' : 'codeConsole';
    case 'checkKey':
      return isOpenPlatform && cause !== 'tpd' ? 'platformConsole' : 'codeConsole';
    case 'findOtherUser':
      return isOpenPlatform ? 'platformConsole' : 'codeConsole';
    case 'extraUsage':
      return 'extraUsage';
    case 'upgradePlan':
    case 'renewPlan':
      return 'plans';
    case 'topUp':
      return 'platformConsole';
    case 'raiseTier':
      return 'platformLimits';
    case 'readGuidelines':
      return 'guidelines';
    case 'checkStatusPage':
      return 'status';
    case 'switchModel':
      return isOpenPlatform ? undefined : 'models';
    case 'checkHost':
    case 'useSupportedClient':
      return isOpenPlatform ? undefined : 'otherAgents';
    case 'contactSupport':
      return isOpenPlatform ? undefined : 'contact';
    default:
      return undefined;
  }
}

/** When to retry, in one sentence. */
export function retryWords(
  { retry, retryAt, cause }: Verdict,
  now: number,
  locale: Locale,
): string {
  const { t } = locale;
  if (retry === 'useless') return uselessWords(cause, t);
  if (retryAt === undefined) return unknownWords(cause, t);
  const waitMs = retryAt - now;
  if (waitMs <= 0) return t('You can retry now.');
  if (waitMs < MINUTE_MS) return t('Retry in {0}.', spanWords(waitMs, t));
  return t('Retry after {0} (in {1}).', clockWords(retryAt, now, locale), durationWords(waitMs, t));
}

/** `retry now`, `retry soon`, `14:32`, `Wed 14:32`, `Oct 12`; empty if unknown or useless. */
export function shortRetry({ retry, retryAt }: Verdict, now: number, locale: Locale): string {
  if (retry === 'useless' || retryAt === undefined) return '';
  const waitMs = retryAt - now;
  if (waitMs <= 0) return locale.t('retry now');
  if (waitMs < MINUTE_MS) return locale.t('retry soon');
  return shortMoment(retryAt, now, locale);
}

function uselessWords(cause: Cause, t: Translate): string {
  switch (cause) {
    case 'balance':
    case 'gateway_balance':
      return t("Retrying won't help until you top up.");
    case 'wrong_key':
      return t("Retrying won't help until you change the key.");
    case 'context_length':
      return t("Retrying won't help until the request is shorter.");
    default:
      return t("Retrying won't help until something changes.");
  }
}

function unknownWords(cause: Cause, t: Translate): string {
  switch (cause) {
    case 'tpd':
      return t('It recovers gradually, usually within a day.');
    case 'quota_5h':
      return t('It recovers when the 5-hour quota resets; Kimi gave no time.');
    case 'quota_weekly':
    case 'quota_monthly':
    case 'quota_unspecified':
      return t('It recovers when the quota resets; Kimi gave no time.');
    case 'disguised_overload':
      return t('Waiting may not be enough.');
    case 'other_provider':
      return t('Only the other provider knows when it works again.');
    default:
      return t('Wait a minute, then retry once.');
  }
}

/** When to retry, for an error text of unknown time. */
export function retryInWords({ retry, cause }: Verdict, waitMs: number, t: Translate): string {
  if (retry === 'useless') return uselessWords(cause, t);
  if (waitMs > 0) return t('The error asks you to wait {0}.', spanWords(waitMs, t));
  if (retry === 'unknown') return unknownWords(cause, t);
  return t('It usually passes within a minute.');
}
