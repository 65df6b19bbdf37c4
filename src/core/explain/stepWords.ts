import { type AgentId, agentName } from '../agents/signal.ts';
import type { KimiPage } from '../accounts/links.ts';
import type { Locale, Translate } from '../base/ports.ts';
import { numberWords } from './evidenceWords.ts';
import type { Cause, Step, StepId } from '../incidents/verdict.ts';

/** What a step is said for. */
export interface StepContext {
  readonly cause: Cause;
  readonly isOpenPlatform: boolean;
  readonly locale: Locale;
}

/** One thing to do, for the agent at hand. */
export function stepWords(step: Step, context: StepContext): string {
  const { locale } = context;
  const { t } = locale;
  switch (step.id) {
    case 'fewerAgents':
      return fewerAgents(step, t);
    case 'lowerMaxTokens':
      return lowerMaxTokens(step, locale);
    case 'switchModel':
      return switchModel(step, context);
    case 'raiseTier':
      return context.cause === 'tpd'
        ? t('Top up to tier 1 of the open platform: it has no daily limit.')
        : t('Top up to a higher tier of the open platform: it allows more.');
    case 'checkKey':
      return checkKey(context);
    case 'checkUsages':
      return context.cause === 'unsure'
        ? t('Check Kimi Quota right after the next failure: a spent window would settle it.')
        : t('See in the console what is left, and until when.');
    case 'compact':
      return compact(step.agent, t);
    case 'signInAgain':
      return t('Use {0} once: it renews its log-in. If not, run /login.', nameOf(step, t));
    case 'turnOnDebug':
      return step.agent === 'continue'
        ? t('Start cn with --verbose: its log then keeps the words of the error.')
        : t('Start Claude Code with --debug: its log then keeps the words of the error.');
    case 'stopAgent':
      return t('Stop {0}: it repeats what cannot succeed.', nameOf(step, t));
    default:
      return (FIXED[step.id] ?? FIXED.copyTicket)(t);
  }
}

/** A version ahead may have stored an agent or a step that this one does not know. */
const nameOf = ({ agent }: Step, t: Translate): string =>
  agent === undefined ? t('the agent') : agentName(agent, t);

type FixedStep = Exclude<
  StepId,
  | 'fewerAgents'
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
  tryAlone: t => t('Run one task alone: if it works, there were too many at once.'),
  findOtherUser: t => t('See in the console which devices and keys use the account.'),
  readGuidelines: t => t('Read what use the community guidelines allow.'),
  extraUsage: t => t('Buy Extra Usage to go on at once.'),
  upgradePlan: t => t('A larger plan allows more.'),
  renewPlan: t => t('Renew the plan, or choose one that includes Kimi Code.'),
  limitContext: t =>
    t("Shorten the conversation, and lower the model's context limit in the agent."),
  topUp: t => t('Top up the account in the console of the open platform.'),
  topUpGateway: t => t('Top up at the gateway, or ask who runs it: its account is refused.'),
  slowDown: t => t('Leave more time between requests.'),
  checkStatusPage: t => t("See on Kimi's status page whether others have it, too."),
  lowerEffort: t => t('Lower the thinking effort: "max" may be refused as an overload.'),
  checkHost: t =>
    t('Check the base URL: sk-kimi- keys go to api.kimi.com/coding, others to api.moonshot.ai/v1.'),
  useSupportedClient: t => t('Use an agent that Kimi supports, in its present version.'),
  contactSupport: t => t("Ask Kimi's support; only they see more."),
  checkNetwork: t => t('Check the network, the proxy and the VPN.'),
  askProvider: t => t('Look at the limits of the provider that the agent is set up for.'),
  copyTicket: t => t("If it stays, send Kimi's support a ticket."),
};

function fewerAgents({ agent, count }: Step, t: Translate): string {
  // The main thread needs a place, and other programs are not seen.
  const most = count === undefined ? 5 : Math.max(1, Math.floor(count * 0.8));
  switch (agent) {
    case 'kimi-code':
      return t(
        'Start Kimi Code with KIMI_CODE_AGENT_SWARM_MAX_CONCURRENCY={0}, or give it fewer tasks. Tower mode has no such setting: ask it for at most {0} agents.',
        most,
      );
    case 'claude-code':
      return most === 1
        ? t('Tell Claude Code to use one sub-agent at a time.')
        : t('Tell Claude Code to use at most {0} sub-agents at once.', most);
    default:
      return most === 1 ? t('Run one task at a time.') : t('Run at most {0} tasks at once.', most);
  }
}

function lowerMaxTokens({ agent, count }: Step, locale: Locale): string {
  const { t } = locale;
  if (agent === 'claude-code')
    return t('Lower CLAUDE_CODE_MAX_OUTPUT_TOKENS: all of it counts as TPM, used or not.');
  return count === undefined
    ? t('Lower max_completion_tokens: all of it counts as TPM, used or not.')
    : t(
        'Lower max_completion_tokens from {0}: all of it counts as TPM, used or not.',
        numberWords(count, locale),
      );
}

function switchModel({ agent }: Step, { cause, locale: { t } }: StepContext): string {
  if (cause === 'wrong_endpoint') return t("Check the model's name in the settings of the agent.");
  switch (agent) {
    case 'claude-code':
      return t('Choose another model in Claude Code: /model, or ANTHROPIC_MODEL.');
    case 'kimi-code':
      return t('Choose another model in Kimi Code: /model.');
    default:
      return t('Choose another model for now.');
  }
}

function checkKey({ cause, isOpenPlatform, locale: { t } }: StepContext): string {
  switch (cause) {
    case 'tpd':
      return t('If you pay for Kimi Code, give the agent its key, sk-kimi-...: it has no TPD.');
    case 'wrong_key':
      return isOpenPlatform
        ? t('Make a new key in the console of the open platform and set it in the agent.')
        : t('Make a new key in the Kimi Code console and set it in the agent.');
    case 'balance':
      return t("See which organization the agent's key is of.");
    default:
      return t("See which account the agent's key is of: it may not be the one shown here.");
  }
}

function compact(agent: AgentId | undefined, t: Translate): string {
  return agent === 'kimi-code' || agent === 'claude-code'
    ? t('Run /compact, or begin a new session.')
    : t('Shorten the conversation, or begin a new one.');
}

/** The page of Kimi's where a step is done, if it is done on one. */
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
