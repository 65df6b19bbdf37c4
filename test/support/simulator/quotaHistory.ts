import type { QuotaWindow, Snapshot } from '../../../src/core/quota/snapshot.ts';
import type { Random } from './random.ts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;
const WINDOW_MINUTES = { '5h': 300, week: 7 * DAY_MINUTES } as const;
type WindowId = keyof typeof WINDOW_MINUTES;

/** A person's fortnight: what was read of the quota, and what became of it. */
export interface QuotaHistory {
  readonly snapshots: readonly Snapshot[];
  /** What is really used of the window at a time, and when it is reset, unrounded. */
  readonly truth: (windowId: WindowId, at: number) => WindowTruth;
}

/** The state of a window, and how it continued. */
export interface WindowTruth {
  readonly usedPercent: number;
  readonly resetsAt: number;
  /** When it was spent; Infinity: not before its reset. */
  readonly spentAt: number;
}

/** How somebody works. Percentages are of the 5-hour window. */
interface Habit {
  readonly percentPerMinute: number;
  readonly busyMinutes: number;
  readonly idleMinutes: number;
  readonly dayStart: number;
  readonly dayEnd: number;
  readonly swarmChance: number;
  readonly freeDays: boolean;
}

const HABITS: readonly ((random: Random) => Habit)[] = [
  // A working day with meetings in it.
  random => ({
    percentPerMinute: random.skewed(0.5, 0.5),
    busyMinutes: 40,
    idleMinutes: 15,
    dayStart: random.between(8, 10),
    dayEnd: random.between(17, 20),
    swarmChance: 0.05,
    freeDays: true,
  }),
  // Short questions all day.
  random => ({
    percentPerMinute: random.skewed(0.9, 0.4),
    busyMinutes: 6,
    idleMinutes: 12,
    dayStart: random.between(7, 11),
    dayEnd: random.between(18, 23),
    swarmChance: 0.02,
    freeDays: false,
  }),
  // Evenings, in long stretches, with sub-agents.
  random => ({
    percentPerMinute: random.skewed(0.45, 0.4),
    busyMinutes: 90,
    idleMinutes: 12,
    dayStart: random.between(17, 19),
    dayEnd: random.between(23, 24),
    swarmChance: 0.2,
    freeDays: false,
  }),
  // A loop that never stops.
  random => ({
    percentPerMinute: random.skewed(0.35, 0.6),
    busyMinutes: 600,
    idleMinutes: 5,
    dayStart: 0,
    dayEnd: 24,
    swarmChance: 0,
    freeDays: false,
  }),
];

/** Fourteen days from `start` on, a minute a step. */
export function simulateHistory(random: Random, start: number): QuotaHistory {
  const minutes = 14 * DAY_MINUTES;
  const course = spend(demandOf(random, minutes), random.between(5, 8), random);
  return {
    snapshots: readings(course, start, random),
    truth: (windowId, at) => truthOf(course[windowId], start, at),
  };
}

/** What would be used in each minute if nothing limited it. */
function demandOf(random: Random, minutes: number): number[] {
  const habit = random.pick(HABITS)(random);
  const demand: number[] = [];
  while (demand.length < minutes) {
    const isSwarm = random.chance(habit.swarmChance);
    const rate = habit.percentPerMinute * random.skewed(1, 0.4) * (isSwarm ? 4 : 1);
    const busy = isSwarm ? random.between(5, 20) : random.skewed(habit.busyMinutes, 0.6);
    for (let i = 0; i < busy; i++) demand.push(rate * random.skewed(0.8, 0.7));
    for (let i = random.skewed(habit.idleMinutes, 0.8); i > 0; i--) demand.push(0);
    // A phase of other work: reviews, a meeting.
    if (random.chance(0.08)) for (let i = random.between(30, 150); i > 0; i--) demand.push(0);
  }
  const isFree = (day: number): boolean => habit.freeDays && day % 7 >= 5;
  return demand.slice(0, minutes).map((percent, minute) => {
    const hour = (minute % DAY_MINUTES) / 60;
    const isAwake = hour >= habit.dayStart && hour < habit.dayEnd;
    return isAwake && !isFree(Math.floor(minute / DAY_MINUTES)) ? percent : 0;
  });
}

/** Of each minute: what is used of the window, and in which minute it is reset. */
interface Course {
  readonly used: readonly number[];
  readonly resetMinute: readonly number[];
}

/** The 5-hour window begins with the first request after the last one; the week is independent. */
function spend(demand: readonly number[], weekPerWindow: number, random: Random) {
  const five = { used: [] as number[], resetMinute: [] as number[] };
  const week = { used: [] as number[], resetMinute: [] as number[] };
  let [usedFive, usedWeek, fiveEnds] = [0, 0, 0];
  let weekEnds = random.whole(1, WINDOW_MINUTES.week);
  demand.forEach((percent, minute) => {
    if (minute >= weekEnds) [usedWeek, weekEnds] = [0, weekEnds + WINDOW_MINUTES.week];
    if (minute >= fiveEnds) {
      usedFive = 0;
      fiveEnds = percent > 0 ? minute + WINDOW_MINUTES['5h'] : minute + 1;
    }
    const spent = Math.min(percent, 100 - usedFive, (100 - usedWeek) * weekPerWindow);
    usedFive += spent;
    usedWeek = Math.min(100, usedWeek + spent / weekPerWindow);
    five.used.push(usedFive);
    five.resetMinute.push(usedFive > 0 ? fiveEnds : minute + WINDOW_MINUTES['5h']);
    week.used.push(usedWeek);
    week.resetMinute.push(weekEnds);
  });
  return { '5h': five, week } satisfies Record<WindowId, Course>;
}

/** What was polled: every five minutes or so, rounded as Kimi does, with nights and gaps left out. */
function readings(course: Record<WindowId, Course>, start: number, random: Random): Snapshot[] {
  const snapshots: Snapshot[] = [];
  const isRounded = random.chance(0.7);
  const minutes = course.week.used.length;
  for (let minute = 0; minute < minutes; minute += random.whole(4, 7)) {
    if (random.chance(0.01)) minute += random.whole(20, 200);
    if (minute >= minutes) break;
    const windows = (['5h', 'week'] as const).map((id): QuotaWindow => {
      const used = course[id].used[minute]!;
      return {
        id,
        usedPercent: isRounded ? Math.floor(used) : used,
        resetsAt: start + course[id].resetMinute[minute]! * MINUTE_MS,
      };
    });
    const at = start + minute * MINUTE_MS;
    const origin = 'https://api.kimi.com';
    snapshots.push({ kind: 'snapshot', at, origin, clockSkewMs: 0, windows });
  }
  return snapshots;
}

function truthOf({ used, resetMinute }: Course, start: number, at: number): WindowTruth {
  const minute = Math.floor((at - start) / MINUTE_MS);
  const end = resetMinute[minute]!;
  const spent = used.findIndex((percent, index) => index >= minute && percent >= 99.999);
  return {
    usedPercent: used[minute]!,
    resetsAt: start + end * MINUTE_MS,
    spentAt: spent >= 0 && spent < end ? start + spent * MINUTE_MS : Infinity,
  };
}
