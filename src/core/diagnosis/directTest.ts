import { hostOf, regionOfApi } from '../base/kimiHosts.ts';
import type { SupportIds } from '../agents/supportIds.ts';
import { joinSupportIds, supportIdsIn } from '../agents/supportIds.ts';
import type { Category } from '../errors/category.ts';
import { productOfIncident } from '../incidents/accountOfIncident.ts';
import { type Incident, isCurrent } from '../incidents/incident.ts';
import { type Trouble, troubleOf } from '../incidents/trouble.ts';
import type { DirectAnswer } from './directRequest.ts';

/** Where a failure comes from, as the direct request shows. */
export const OUTCOMES = [
  /** Kimi refuses the account itself, with the same reason. */
  'account',
  /** It works here: the agent's key, model, connection or number of requests differs. */
  'client',
  /** A program between the agent and Kimi answers in Kimi's place, or rewrites its errors. */
  'gateway',
  /** The limit no longer applies. */
  'over',
  /** The agent's key belongs to another account or organization. */
  'otherAccount',
  /** Kimi reports overload or a server error here too. */
  'service',
  /** There is no connection here either. */
  'network',
  'unknown',
] as const;

/** One of `OUTCOMES`. */
export type Outcome = (typeof OUTCOMES)[number];

/** Why an outcome was chosen; `directWords.ts` has a sentence for each. */
export const REASONS = [
  'sameRefusal',
  'kimiRefuses',
  'keyWorksHere',
  'worksAlone',
  'requestDiffers',
  'connectionDiffers',
  'overloadOnlyThere',
  'clientNotAdmitted',
  'worksWithoutGateway',
  'otherProvider',
  'notKimisForm',
  'gatewayRewrites',
  'worksNow',
  'smallRequestFits',
  'accountIsFine',
  'quotaLeftHere',
  'organizationsDiffer',
  'hostsDiffer',
  'busyHere',
  'noConnection',
  'testNotAdmitted',
  'keyRejectedHere',
  'testModelMissing',
  'twoProblems',
  'answerNotKnown',
  'noAnswer',
] as const;

/** One of `REASONS`. */
export type Reason = (typeof REASONS)[number];

/** What is known of the failure that the test is about. */
export interface FailureFacts {
  /** What the error text says, whoever wrote it; null if there is none. */
  readonly says: Category | null;
  /** A gateway wrote or passed on the text, or the request went to another host than Kimi's. */
  readonly isByGateway: boolean;
  /** The agent's provider is not Kimi. */
  readonly isOther: boolean;
  readonly host?: string;
  /** The product whose limit it is; absent: unknown. */
  readonly product?: 'kimi-code' | 'open-platform';
  readonly support?: SupportIds;
  /** Requests still fail, or failed within the last minutes. */
  readonly isOngoing: boolean;
}

/** The facts of an incident. */
export function failureFactsOf(incident: Incident, now: number): FailureFacts {
  const { category, example, fields, provider, support } = incident;
  const { evidence, text } = example.signal;
  const host = evidence.host ?? evidence.configuredHost;
  const ids = joinSupportIds(support, example.signal.support, supportIdsIn(text));
  const product = productOfIncident(incident);
  const isKimis = product === 'kimi-code' || product === 'open-platform';
  const isElsewhere = host !== undefined && regionOfApi(host) === undefined;
  return {
    says: fields.says ?? category,
    isByGateway: fields.gateway !== undefined || isElsewhere,
    isOther: provider === 'other',
    isOngoing:
      incident.state === 'running' && isCurrent({ ...incident, provider: 'kimi-code' }, now),
    ...(host === undefined ? {} : { host }),
    ...(isKimis ? { product } : {}),
    ...(ids ? { support: ids } : {}),
  };
}

/** Outcome and reason. */
export type DirectVerdict = readonly [outcome: Outcome, reason: Reason];

/**
 * Compares a failure with the answer to a direct request for the account at `origin`. Without a
 * failure, only whether the account works. Pure.
 */
export function compareDirect(
  failure: FailureFacts | undefined,
  answer: DirectAnswer,
  origin: string,
): DirectVerdict {
  if (answer.kind === 'unreachable')
    return failure?.says === 'network' ? ['network', 'noConnection'] : ['unknown', 'noAnswer'];
  const isRefused = answer.kind === 'refused';
  if (isRefused && answer.form !== 'kimi')
    return isErrorPage(answer) ? ['service', 'busyHere'] : ['gateway', 'notKimisForm'];
  const elsewhere = failure && otherAccount(failure, answer.support, origin);
  if (elsewhere) return ['otherAccount', elsewhere];
  if (isRefused) return ofRefusal(failure, answer.classification.category);
  return failure ? ofSuccess(failure, answer.support) : ['over', 'worksNow'];
}

/** Kimi's own servers send a page of nginx with a 502 to 504; a captive portal sends 511. */
const isErrorPage = ({ status, form }: Extract<DirectAnswer, { kind: 'refused' }>): boolean =>
  form === 'notJson' && status >= 500 && status < 511;

/** Accounts of both Kimi Code hosts are the same; those of the open platform's regions aren't. */
function otherAccount(
  { host, product, support: failing }: FailureFacts,
  tested: SupportIds | undefined,
  origin: string,
): Reason | undefined {
  const [one, other] = [failing?.organization, tested?.organization];
  if (one !== undefined && other !== undefined && one !== other) return 'organizationsDiffer';
  const [there, here] = [regionOfApi(host ?? ''), regionOfApi(hostOf(origin) ?? '')];
  if (product && here && product !== here.product) return 'hostsDiffer';
  if (!there || !here || there.region === here.region) return undefined;
  const isOneAccount = there.product === 'kimi-code' && here.product === 'kimi-code';
  return isOneAccount ? undefined : 'hostsDiffer';
}

/** The direct request works. */
function ofSuccess(failure: FailureFacts, tested: SupportIds | undefined): DirectVerdict {
  const { says, isByGateway, isOther, isOngoing, support } = failure;
  const kind = troubleOf(says);
  const heals = kind === 'rate' || kind === 'quota' || kind === 'busy' || kind === 'network';
  if (heals && !isOngoing) return ['over', 'worksNow'];
  if (isByGateway) return ['gateway', 'worksWithoutGateway'];
  if (isOther) return ['gateway', 'otherProvider'];
  switch (kind) {
    case 'rate':
      return ['client', 'worksAlone'];
    case 'quota':
      return says === 'tpd' ? ['over', 'smallRequestFits'] : ['otherAccount', 'quotaLeftHere'];
    case 'busy':
      return says === 'overloaded' ? ['client', 'overloadOnlyThere'] : ['over', 'worksNow'];
    case 'network':
      return ['client', 'connectionDiffers'];
    case 'account': {
      const isSame = support?.organization && support.organization === tested?.organization;
      return isSame ? ['over', 'worksNow'] : ['otherAccount', 'accountIsFine'];
    }
    case 'key':
      return ['client', 'keyWorksHere'];
    case 'request':
      return ['client', 'requestDiffers'];
    case 'other':
    case 'vague':
      return isOngoing ? ['client', 'requestDiffers'] : ['over', 'worksNow'];
  }
}

/** Kimi refuses the direct request, in its own form, because of `found`. */
function ofRefusal(failure: FailureFacts | undefined, found: Category): DirectVerdict {
  const says = failure?.says ?? null;
  const [there, here] = [troubleOf(says), troubleOf(found)];
  const isSame = says === found;
  if (found === 'client_not_accepted')
    return isSame ? ['client', 'clientNotAdmitted'] : ['unknown', 'testNotAdmitted'];
  switch (here) {
    case 'busy':
      return there === 'busy' || there === 'vague' || says === 'rate_limited_ambiguous'
        ? ['service', 'busyHere']
        : ['unknown', 'busyHere'];
    case 'key':
      return isSame || !failure ? ['account', 'sameRefusal'] : ['unknown', 'keyRejectedHere'];
    case 'request':
      return isSame ? ['account', 'sameRefusal'] : ['unknown', 'testModelMissing'];
    case 'other':
    case 'vague':
      if (found !== 'permission') return ['unknown', 'answerNotKnown'];
      return isSame || !failure ? ['account', 'sameRefusal'] : ['unknown', 'answerNotKnown'];
    default:
      return isSame ? ['account', 'sameRefusal'] : ofOtherRefusal(failure, there, here);
  }
}

/** Kimi names a limit or the account, but the failure reports something else. */
function ofOtherRefusal(
  failure: FailureFacts | undefined,
  there: Trouble,
  here: Trouble,
): DirectVerdict {
  const isVague = there === 'vague' || failure?.says === 'rate_limited_ambiguous';
  // Kimi reports plan limits as overload too (docs/kimi.md 4.3).
  if (!failure || isVague || there === here || failure.says === 'overloaded')
    return ['account', 'kimiRefuses'];
  if (failure.isByGateway) return ['gateway', 'gatewayRewrites'];
  if (failure.isOther) return ['gateway', 'otherProvider'];
  if (there === 'key') return ['client', 'keyWorksHere'];
  const isLimit = (kind: Trouble) => kind === 'rate' || kind === 'quota' || kind === 'account';
  return isLimit(there) ? ['account', 'kimiRefuses'] : ['unknown', 'twoProblems'];
}
