import { isKimi, providerOfHost } from '../base/providers.ts';
import type { AgentId, Attribution } from '../agents/signal.ts';
import type { Category } from '../errors/category.ts';
import { bindingWindow, LOW_PERCENT, type WindowRoom } from '../quota/windows.ts';
import { hasExtraUsageLeft } from '../quota/plan.ts';
import type { QuotaWindow, Snapshot } from '../quota/snapshot.ts';
import type { Cause, MeterReading, VerdictInput } from './verdict.ts';

/** One quota of the plan around an incident. */
export interface Room extends WindowRoom {
  readonly id: string;
  readonly remainingPercent: number;
  /** Epoch milliseconds, by the local clock. */
  readonly resetsAt?: number;
  readonly when: 'before' | 'after';
}

/** The input of marks: a verdict's input, and values that several marks use. */
export interface Facts {
  readonly input: VerdictInput;
  /** The quotas during the failures. A later reading takes precedence over an earlier one. */
  readonly rooms: readonly Room[];
  /** The used-up quota that resets last. */
  readonly spent?: Room;
  /** Extra Usage is left, so a used-up quota stops nothing. */
  readonly hasExtraUsage: boolean;
  /** A quota is used up, and no request succeeded. */
  readonly isShut: boolean;
  /** Quotas are known, and all of them have room. */
  readonly isRoomy: boolean;
  /** The parallel limit, from the error text or the plan. */
  readonly parallelLimit?: number;
  /** Requests in flight. A lower bound; absent if no agent logs them. */
  readonly inFlight?: number;
  /** Requests in flight on the other machines of the account; absent without a team. */
  readonly elsewhere?: number;
  /** Minimum number of rejected threads, by places or by the pace of failures. */
  readonly threads: number;
  /** Only one thread was rejected, and all of its failures are logged. */
  readonly isOneThread: boolean;
  /** Time from the first failure to the last one. */
  readonly forMs: number;
  /** Other requests of the account succeeded in between. */
  readonly isMixed: boolean;
  /** Requests succeeded in between, or within a minute and not by a reset. */
  readonly hasPassed: boolean;
  /** At least three failures, and no success in between although logs would show one. */
  readonly isAllFailed: boolean;
  /** Time from the last failure to the first success. */
  readonly recoveredAfterMs?: number;
  /** The longest requested wait after the last failure; 0 if none. */
  readonly waitMs: number;
  /** Limits that request counts show: attempts at or above them failed. */
  readonly seenLimits: Readonly<Partial<Record<MeterReading['meter'], number>>>;
  /** Failures don't depend on the number of local requests in flight. */
  readonly isCrowdNoReason: boolean;
  /** The quota whose reset ended the failures: no success before it, the first one after it. */
  readonly endedByReset?: Room;
}

/** The cause for a used-up quota. */
export function causeOfWindow(id: string): Cause {
  switch (id) {
    case '5h':
      return 'quota_5h';
    case 'week':
      return 'quota_weekly';
    case 'month':
      return 'quota_monthly';
    default:
      return 'quota_unspecified';
  }
}

/** The id of the quota that a cause is about, if any. */
export function windowOfCause(cause: Cause | Category): string | undefined {
  return { quota_5h: '5h', quota_weekly: 'week', quota_monthly: 'month' }[cause as string];
}

/** Derives the facts from an input. Pure; never throws. */
export function factsOf(input: VerdictInput): Facts {
  const { before, after, shape, fields, category, from, to } = input;
  const rooms = roomsOf(input);
  const spent = bindingWindow(rooms.filter(({ remainingPercent }) => remainingPercent === 0));
  const inText = category === 'concurrency' ? fields.limit : undefined;
  const parallelLimit = inText ?? after?.parallelLimit ?? before?.parallelLimit;
  const successes = shape?.successesDuring ?? 0;
  const recoveredAfterMs = shape?.firstSuccessAfterMs;
  const endedByReset = resetThatEnded(input, rooms);
  const hasExtraUsage = hasExtraUsageLeft((after ?? before)?.extraUsage);
  const hasPassed = successes > 0 || (isSoon(recoveredAfterMs) && !endedByReset);
  return {
    input,
    rooms,
    ...(spent ? { spent } : {}),
    hasExtraUsage,
    isShut: spent !== undefined && !hasExtraUsage && !hasPassed,
    isRoomy:
      rooms.length > 0 && rooms.every(({ remainingPercent }) => remainingPercent > LOW_PERCENT),
    ...(parallelLimit === undefined ? {} : { parallelLimit }),
    ...(shape ? { inFlight: shape.inFlightPeak } : {}),
    ...(input.others ? { elsewhere: input.others.totals.inFlight } : {}),
    threads: Math.max(input.threadCount, threadsByPace(input)),
    isOneThread: input.threadCount === 1 && isOneByPace(input),
    forMs: Math.max(0, to - from),
    isMixed: successes > 0,
    hasPassed,
    isAllFailed: shape !== undefined && successes === 0 && input.count >= 3,
    ...(recoveredAfterMs === undefined ? {} : { recoveredAfterMs }),
    waitMs: waitOf(input),
    ...readMeters(shape?.meters ?? []),
    ...(endedByReset ? { endedByReset } : {}),
  };
}

/** At or above the first share, a count shows a limit; at or below the second, it rules one out. */
const TELLING_SHARE = 0.85;
const SILENT_SHARE = 0.5;

function readMeters(
  meters: readonly MeterReading[],
): Pick<Facts, 'seenLimits' | 'isCrowdNoReason'> {
  const telling = meters.filter(({ share }) => share >= TELLING_SHARE);
  return {
    seenLimits: Object.fromEntries(telling.map(({ meter, limit }) => [meter, limit])),
    isCrowdNoReason: meters.some(({ meter, share }) => meter === 'atOnce' && share <= SILENT_SHARE),
  };
}

/** Whether requests recovered within a minute; a used-up quota doesn't before its reset. */
export const isSoon = (recoveredAfterMs: number | undefined): boolean =>
  recoveredAfterMs !== undefined && recoveredAfterMs <= 60_000;

/** No quota of Kimi is longer than a month: a longer wait is an error. */
const LONGEST_WAIT_MS = 31 * 86_400_000;

function waitOf({ fields, waitUntil, to }: VerdictInput): number {
  const waits = [(fields.retryAfterSeconds ?? 0) * 1000, (waitUntil ?? to) - to];
  return Math.min(LONGEST_WAIT_MS, Math.max(0, ...waits.filter(Number.isFinite)));
}

/**
 * Usage never shrinks before a reset: a quota that was used up before the first failure was used up
 * during it, whatever a later reading shows.
 */
function roomsOf({ before, after, from }: VerdictInput): Room[] {
  const early = before ? readRooms(before, 'before').filter(isStill(from)) : [];
  const late = after ? readRooms(after, 'after').filter(isStill(after.at)) : [];
  const kept = late.filter(
    ({ id }) => !early.some(room => room.id === id && room.remainingPercent === 0),
  );
  return [...kept, ...early.filter(({ id }) => !kept.some(room => room.id === id))];
}

const isStill =
  (at: number) =>
  ({ resetsAt }: Room): boolean =>
    resetsAt === undefined || resetsAt > at;

/** By the local clock; undefined for an invalid date. */
function momentOrNone(at: number | undefined, clockSkewMs: number): number | undefined {
  return isMoment(at) ? at - clockSkewMs : undefined;
}

/** Whether a number is a valid date, with a month of room on both sides. */
export const isMoment = (at: number | undefined): at is number =>
  at !== undefined && Math.abs(at) < 8e15;

function readRooms(snapshot: Snapshot, when: Room['when']): Room[] {
  return snapshot.windows.flatMap((window: QuotaWindow): Room[] => {
    if (window.usedPercent === undefined) return [];
    const resetsAt = momentOrNone(window.resetsAt, snapshot.clockSkewMs);
    return [
      {
        id: window.id,
        remainingPercent: 100 - window.usedPercent,
        when,
        ...(resetsAt === undefined ? {} : { resetsAt }),
      },
    ];
  });
}

/** Agents retry within minutes: a success this soon after a reset is due to it. */
const AFTER_RESET_MS = 5 * 60_000;
/** A shorter burst may end near a reset by chance. */
const LONG_ENOUGH_MS = 10 * 60_000;

function resetThatEnded({ from, to, shape, before }: VerdictInput, rooms: readonly Room[]) {
  if (!shape || shape.successesDuring > 0 || shape.firstSuccessAfterMs === undefined) return;
  const successAt = to + shape.firstSuccessAfterMs;
  if (successAt - from < LONG_ENOUGH_MS) return;
  const known = before ? [...readRooms(before, 'before'), ...rooms] : rooms;
  return known.find(
    ({ resetsAt }) =>
      resetsAt !== undefined &&
      resetsAt > from &&
      resetsAt <= successAt &&
      successAt - resetsAt <= AFTER_RESET_MS &&
      to - resetsAt <= AFTER_RESET_MS / 5,
  );
}

/** Evidence for causes, or against them with negative points. */
export interface Mark {
  readonly causes: readonly Cause[];
  /** About twice the binary logarithm of how much more often it occurs with the cause. */
  readonly points: number;
  /** The reason and its source. */
  readonly why: string;
  readonly holds: (facts: Facts, cause: Cause) => boolean;
}

/** Older readings say nothing about a failure. */
const OLDEST_MS = 86_400_000;

/** The account, and the time of the first failure in epoch milliseconds. */
export interface SnapshotWish {
  readonly provider: Attribution['provider'];
  readonly host?: string;
  readonly from: number;
}

/**
 * The last snapshot before the first failure, and the first one after it, of the failing account.
 * `snapshots`: of all origins, oldest first. For an unknown account, those of the plan: most people
 * have no other account.
 */
export function snapshotsAround(
  snapshots: readonly Snapshot[],
  { provider, host, from }: SnapshotWish,
): { readonly before?: Snapshot; readonly after?: Snapshot } {
  if (provider === 'other') return {};
  const wanted = provider === 'unknown' ? 'kimi-code' : provider;
  const ofProduct = snapshots.filter(snapshot => providerOf(snapshot) === wanted);
  const ofHost = ofProduct.filter(({ origin }) => `${origin}/`.startsWith(`https://${host}/`));
  const near = ofHost.length > 0 ? ofHost : ofOneOrigin(ofProduct);
  const before = near.findLast(({ at }) => at <= from && at >= from - OLDEST_MS);
  const after = near.find(({ at }) => at > from);
  return { ...(before ? { before } : {}), ...(after ? { after } : {}) };
}

/** For a relay, the kind of its numbers decides. */
function providerOf({ origin, balance }: Snapshot): Attribution['provider'] {
  const known = providerOfHost(origin.replace(/^https?:\/\//, ''));
  if (isKimi(known)) return known;
  return balance ? 'open-platform' : 'kimi-code';
}

/** Of two regions, the one read last. */
function ofOneOrigin(snapshots: readonly Snapshot[]): Snapshot[] {
  const origin = snapshots.at(-1)?.origin;
  return snapshots.filter(snapshot => snapshot.origin === origin);
}

type Failures = Pick<
  VerdictInput,
  'agents' | 'from' | 'to' | 'now' | 'count' | 'status' | 'fields'
>;

/** Earliest time of the first, second, ... retry of a request, in ms (docs/agents.md 3.3). */
const RETRIES_MS = [600, 1700, 3800, 8000, 16_000, 32_000, 64_000, 96_000, 128_000];
/** After that, the user's next prompts follow. */
const LAST_RETRY_MS = 128_000;
/** Agents that log each failed attempt when it fails. */
const PACED: readonly AgentId[] = ['kimi-code', 'claude-code', 'opencode'];

/** HTTP statuses that agents log and don't retry (docs/agents.md 3.3). */
const TRIED_ONCE: Readonly<Partial<Record<AgentId, readonly number[]>>> = {
  'kimi-code': [400, 401, 402, 403, 404],
  'claude-code': [400, 403],
  opencode: [401, 404],
  cline: [400, 401, 403, 404],
  'qwen-code': [400, 401, 403, 404],
  openclaw: [400, 401, 403, 404],
  pi: [401],
  droid: [403],
};
/** Minimum time for a user to send a prompt again. */
const RESEND_MS = 8000;

const isTriedOnce = ({ agents, status, fields }: Failures): boolean => {
  const known = status ?? fields.status;
  return known !== undefined && agents.every(agent => TRIED_ONCE[agent]?.includes(known));
};

const isPaced = ({ agents }: Failures): boolean => agents.every(agent => PACED.includes(agent));

/** Records may lack the thread: more failures than one thread's attempts are of several threads. */
function threadsByPace(failures: Failures): number {
  return isPaced(failures) ? Math.ceil(failures.count / attemptsOf(failures)) : 1;
}

/** The threads of a fan-out fail within this time of each other. */
export const FOLLOWS_MS = 5000;

/**
 * Whether the pace shows that only one thread was rejected: all failures are logged, and no other
 * thread followed. Kimi Code's log alone doesn't show the thread.
 */
function isOneByPace(failures: Failures): boolean {
  return (
    isTriedOnce(failures) &&
    !failures.agents.includes('kimi-code') &&
    failures.now - failures.to >= FOLLOWS_MS &&
    failures.count <= attemptsOf(failures)
  );
}

const forMs = ({ from, to }: Failures): number => Math.max(0, to - from);

/** Most attempts of one thread in the time of the failures; Infinity if prompts may follow. */
function attemptsOf(failures: Failures): number {
  const ms = forMs(failures);
  if (isTriedOnce(failures)) return 1 + ms / RESEND_MS;
  return ms > LAST_RETRY_MS ? Infinity : 1 + RETRIES_MS.filter(after => after <= ms).length;
}
