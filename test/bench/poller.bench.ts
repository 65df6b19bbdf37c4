import { READ_INTERVAL_MS } from '../../src/core/quota/readRhythm.ts';
import { FakeMachine } from '../support/fakeMachine.ts';
import type { BenchRow } from './benchRow.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/**
 * How often Kimi is checked, and the cost of the schedule. Days are simulated, the cost is real.
 */
export async function benchPoller(): Promise<BenchRow[]> {
  return [
    {
      name: 'poller: a day of ten windows that nobody looks at',
      figure: await countRequests(false, DAY_MS),
      unit: 'requests',
      limit: 0,
    },
    {
      name: 'poller: an interval of ten focused windows',
      figure: (await countRequests(true, 6 * HOUR_MS)) / ((6 * HOUR_MS) / READ_INTERVAL_MS),
      unit: 'requests',
      limit: 1,
    },
    {
      name: 'poller: a focused window, with lease and follower',
      figure: await processorShare(),
      unit: '% CPU',
      limit: 0.1,
    },
  ];
}

async function countRequests(isFocused: boolean, ms: number): Promise<number> {
  const machine = new FakeMachine();
  for (let index = 0; index < 10; index++) await machine.open(isFocused);
  // The first read of an account is made in any case.
  await machine.clock.advance(READ_INTERVAL_MS - 1);
  const before = machine.requestCount;
  await machine.clock.advance(ms);
  machine.dispose();
  return machine.requestCount - before;
}

/** Of one core, over a simulated day; what the disk takes is in the archive's figures. */
async function processorShare(): Promise<number> {
  const machine = new FakeMachine();
  await machine.open(true);
  await machine.clock.advance(HOUR_MS);
  const before = process.cpuUsage();
  await machine.clock.advance(DAY_MS);
  const { user, system } = process.cpuUsage(before);
  machine.dispose();
  return ((user + system) / 1000 / DAY_MS) * 100;
}
