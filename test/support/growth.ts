import assert from 'node:assert/strict';

/** Less work than this is too little to judge growth; a quadratic pattern needs far more. */
const FLOOR_US = 40_000;
const TRIES = 5;

/** The work of a thread alone: other programs on the machine do not count. */
function workOf(run: () => void): number {
  const before = process.threadCpuUsage();
  run();
  const { user, system } = process.threadCpuUsage(before);
  return user + system;
}

/**
 * Fails where `run` needs more than three times the work for a text of twice the length. The least
 * of several runs counts, since a collection of garbage may fall into one.
 */
export function assertLinear(run: (length: number) => void, length: number, fact: string): void {
  if (workOf(() => run(length)) < FLOOR_US) return;
  const least = (n: number): number =>
    Math.min(...Array.from({ length: TRIES }, () => workOf(() => run(n))));
  const whole = least(length);
  const half = least(length / 2);
  assert.ok(whole < FLOOR_US || whole < half * 3, `${fact}: ${half} µs, then ${whole} µs`);
}
