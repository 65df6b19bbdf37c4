import { isKimi, providerOfHost } from '../base/providers.ts';
import type { AgentId, Attribution } from '../agents/signal.ts';
import { bindingWindow, LOW_PERCENT, type WindowRoom } from '../quota/windows.ts';
import { hasExtraUsageLeft } from '../quota/plan.ts';
import type { QuotaWindow, Snapshot } from '../quota/snapshot.ts';
import type { Cause, MeterReading, VerdictInput } from './verdict.ts';

/** One window of the plan as it stood around an incident. */
export interface Room extends WindowRoom {
  readonly id: string;
  readonly remainingPercent: number;
  /** Epoch milliseconds, by the local clock. */
  readonly resetsAt?: number;
  readonly when: 'before' | 'after';
}

/** What marks are read from: the input, with the questions that several marks ask answered once. */
export interface Facts {
  readonly input: VerdictInput;
  /** The windows as they stood at the failures; the reading after them comes before the one before. */
  readonly rooms: readonly Room[];
  /** Of several spent windows the one that stays shut longest. */
  readonly spent?: Room;
  /** Paid Extra Usage is left: a spent window alone stops nothing. */
  readonly hasExtraUsage: boolean;
  /** A window is spent, and nothing shows that requests pass all the same. */
  readonly isShut: boolean;
  /** Windows are known, and every one of them has room. */
  readonly isRoomy: boolean;
  /** How many requests may run at once: in the words, or in the plan. */
  readonly parallelLimit?: number;
  /** Absent where no agent tells. A lower bound. */
  readonly inFlight?: number;
  /** How many threads were refused at least, as places or as failures faster than retries tell. */
  readonly threads: number;
  /** One thread alone was refused, and each time it was is on disk. */
  readonly isOneThread: boolean;
  /** From the first failure to the last one. */
  readonly forMs: number;
  /** Others of the account were answered in between. */
  readonly isMixed: boolean;
  /** Of three failures or more, and with successes that could be seen, none was answered between. */
  readonly isAllFailed: boolean;
  /** From the last failure to the first success. */
  readonly recoveredAfterMs?: number;
  /** The longest wait that words or logs ask for, from the last failure on; 0: none. */
  readonly waitMs: number;
  /** The limits of ours that are seen at work: from so many on, attempts were refused. */
  readonly seenLimits: Readonly<Partial<Record<MeterReading['meter'], number>>>;
  /** Attempts were let in and refused alike, however many of ours ran. */
  readonly isCrowdNoReason: boolean;
  /** The window whose reset ended it: nothing was answered before, the first success came after. */
  readonly endedByReset?: Room;
}

/** The cause that a spent window is. */
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

/** The window that a cause is about, if it is about one. */
export function windowOfCause(cause: Cause): string | undefined {
  return { quota_5h: '5h', quota_weekly: 'week', quota_monthly: 'month' }[cause as string];
}

/** Reads the facts out of an input. Pure; never throws. */
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
    threads: Math.max(input.threadCount, threadsByPace(input)),
    isOneThread: input.threadCount === 1 && isOneByPace(input),
    forMs: Math.max(0, to - from),
    isMixed: successes > 0,
    isAllFailed: shape !== undefined && successes === 0 && input.count >= 3,
    ...(recoveredAfterMs === undefined ? {} : { recoveredAfterMs }),
    waitMs: waitOf(input),
    ...readMeters(shape?.meters ?? []),
    ...(endedByReset ? { endedByReset } : {}),
  };
}

/** From this share on, a count tells attempts apart; up to that one, it has nothing to do with it. */
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

/** Whether it was over within a minute, as no window is before its reset. */
export const isSoon = (recoveredAfterMs: number | undefined): boolean =>
  recoveredAfterMs !== undefined && recoveredAfterMs <= 60_000;

/** No window of Kimi's is longer than a month: a longer wait is no wait but a mistake. */
const LONGEST_WAIT_MS = 31 * 86_400_000;

function waitOf({ fields, waitUntil, to }: VerdictInput): number {
  const waits = [(fields.retryAfterSeconds ?? 0) * 1000, (waitUntil ?? to) - to];
  return Math.min(LONGEST_WAIT_MS, Math.max(0, ...waits.filter(Number.isFinite)));
}

/**
 * What is used never grows less before its reset: a window that was spent before the first failure
 * was so during it, whatever a later answer says.
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

/** By our clock. A moment that no calendar has is none. */
function momentOrNone(at: number | undefined, clockSkewMs: number): number | undefined {
  return isMoment(at) ? at - clockSkewMs : undefined;
}

/** Whether a number can be told as a date, a month before and after it too. */
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

/** Agents try again within minutes; a success this soon after a reset is the reset's. */
const AFTER_RESET_MS = 5 * 60_000;
/** A shorter burst ends near a reset by chance. */
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

/** One thing that speaks for causes, or, with points below 0, against them. */
export interface Mark {
  readonly causes: readonly Cause[];
  /** About twice the logarithm, to base 2, of how much more often it is seen with the cause. */
  readonly points: number;
  /** Why it counts, and where that is known from. */
  readonly why: string;
  readonly holds: (facts: Facts, cause: Cause) => boolean;
}

/** A share that was read so long before tells nothing any more. */
const OLDEST_MS = 86_400_000;

/** Whose numbers are wanted, and when it failed: epoch milliseconds. */
export interface SnapshotWish {
  readonly provider: Attribution['provider'];
  readonly host?: string;
  readonly from: number;
}

/**
 * The newest snapshot before the first failure, and the first one after it, of the account that
 * failed. `snapshots`: of all origins, in the order of their time. Of an account that is not known
 * the plan's are taken: most people have no other.
 */
export function snapshotsAround(
  snapshots: readonly Snapshot[],
  { provider, host, from }: SnapshotWish,
): { readonly before?: Snapshot; readonly after?: Snapshot } {
  if (provider === 'other') return {};
  const wanted = provider === 'unknown' ? 'kimi-code' : provider;
  const ours = snapshots.filter(snapshot => providerOf(snapshot) === wanted);
  const ofHost = ours.filter(({ origin }) => `${origin}/`.startsWith(`https://${host}/`));
  const near = ofHost.length > 0 ? ofHost : ofOneOrigin(ours);
  const before = near.findLast(({ at }) => at <= from && at >= from - OLDEST_MS);
  const after = near.find(({ at }) => at > from);
  return { ...(before ? { before } : {}), ...(after ? { after } : {}) };
}

/** A relay is neither product's host: then what it tells of decides. */
function providerOf({ origin, balance }: Snapshot): Attribution['provider'] {
  const known = providerOfHost(origin.replace(/^https?:\/\//, ''));
  if (isKimi(known)) return known;
  return balance ? 'open-platform' : 'kimi-code';
}

/** Of two regions, the one that was read last. */
function ofOneOrigin(snapshots: readonly Snapshot[]): Snapshot[] {
  const origin = snapshots.at(-1)?.origin;
  return snapshots.filter(snapshot => snapshot.origin === origin);
}

type Failures = Pick<
  VerdictInput,
  'agents' | 'from' | 'to' | 'now' | 'count' | 'status' | 'fields'
>;

/** After so many ms the first, second ... retry of a request comes at the earliest (docs/agents.md 3.3). */
const RETRIES_MS = [600, 1700, 3800, 8000, 16_000, 32_000, 64_000, 96_000, 128_000];
/** Later on, the next prompts follow. */
const LAST_RETRY_MS = 128_000;
/** Agents that write one record for each failed attempt, when it fails. */
const PACED: readonly AgentId[] = ['kimi-code', 'claude-code', 'opencode'];

/** What agents do not try again by themselves, and write each of (docs/agents.md 3.3). */
const TRIED_ONCE: Readonly<Partial<Record<AgentId, readonly number[]>>> = {
  'kimi-code': [400, 401, 402, 403, 404],
  'claude-code': [400, 403],
  opencode: [401, 404],
  cline: [400, 401, 403, 404],
  'qwen-code': [400, 401, 403, 404],
  openclaw: [400, 401, 403, 404],
};
/** A person who sends it off once more takes so long at least. */
const RESEND_MS = 8000;

const isTriedOnce = ({ agents, status, fields }: Failures): boolean => {
  const known = status ?? fields.status;
  return known !== undefined && agents.every(agent => TRIED_ONCE[agent]?.includes(known));
};

const isPaced = ({ agents }: Failures): boolean => agents.every(agent => PACED.includes(agent));

/** Records need not tell the thread: more failures than one thread has attempts are of several. */
function threadsByPace(failures: Failures): number {
  return isPaced(failures) ? Math.ceil(failures.count / attemptsOf(failures)) : 1;
}

/** The threads of a fan-out are refused within seconds of each other: after that, none follows. */
export const FOLLOWS_MS = 5000;

/**
 * Whether one thread alone was refused, as far as the pace tells: each time it was is on disk, and no
 * other followed. Of Kimi Code's log alone, any thread may be meant.
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

/** How often one thread tries in so much time at most; without a bound where prompts follow. */
function attemptsOf(failures: Failures): number {
  const ms = forMs(failures);
  if (isTriedOnce(failures)) return 1 + ms / RESEND_MS;
  return ms > LAST_RETRY_MS ? Infinity : 1 + RETRIES_MS.filter(after => after <= ms).length;
}
