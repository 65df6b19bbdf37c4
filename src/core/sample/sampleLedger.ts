import { HOUR_MS, MINUTE_MS } from '../base/time.ts';
import {
  type Counted,
  LEDGER_RETENTION,
  type LedgerRow,
  type TokenCounts,
} from '../ledger/ledger.ts';
import { usualCost } from '../ledger/prices.ts';
import { times } from '../ledger/tokens.ts';
import { workedHours } from './sampleData.ts';

/** Tokens of an hour of normal work, in the unit of `usualCost`. */
const COST_PER_HOUR = 1.6;
const SPAN_MS = 28 * 24 * HOUR_MS;
const STEP_MS = 15 * MINUTE_MS;
/** The newest snapshot of the sample is as old. */
const NEWEST_MS = 5 * MINUTE_MS;
/** Work of yesterday on another machine: the sample's unexplained part. */
const ELSEWHERE = { fromMs: 30 * HOUR_MS, toMs: 24 * HOUR_MS } as const;

type Session = Pick<LedgerRow, 'agent' | 'session' | 'isSubagent' | 'model' | 'project'> & {
  /** Proportions. */
  readonly tokens: TokenCounts;
};

const SESSIONS: readonly Session[] = [
  {
    agent: 'claude-code',
    session: 'sample-claude-0001',
    isSubagent: false,
    model: 'kimi-for-coding',
    project: 'web-shop',
    tokens: { input: 30, cacheRead: 900, cacheWrite: 120, output: 14 },
  },
  {
    agent: 'kimi-code',
    session: 'sample-kimi-0002',
    isSubagent: false,
    model: 'kimi-for-coding',
    project: 'data-import',
    tokens: { input: 160, cacheRead: 500, cacheWrite: 0, output: 30 },
  },
  {
    agent: 'claude-code',
    session: 'sample-claude-0003',
    isSubagent: true,
    model: 'k3',
    project: 'web-shop',
    tokens: { input: 20, cacheRead: 600, cacheWrite: 160, output: 26 },
  },
  {
    agent: 'opencode',
    session: 'sample-open-0004',
    isSubagent: false,
    model: 'k3',
    project: 'notes',
    tokens: { input: 260, cacheRead: 60, cacheWrite: 10, output: 9 },
  },
  {
    agent: 'kimi-code',
    session: 'sample-kimi-0005',
    isSubagent: true,
    model: 'kimi-for-coding',
    project: 'data-import',
    tokens: { input: 90, cacheRead: 700, cacheWrite: 0, output: 12 },
  },
];

/** A month of tokens that fit the snapshots, except those of another machine. Pure. */
export function sampleLedger(begunAt: number): Counted[] {
  const counted: Counted[] = [];
  for (let ageMs = SPAN_MS; ageMs > NEWEST_MS; ageMs -= STEP_MS) {
    const hours = workedHours(ageMs, Math.max(NEWEST_MS, ageMs - STEP_MS));
    const isElsewhere = ageMs <= ELSEWHERE.fromMs && ageMs > ELSEWHERE.toMs;
    if (hours === 0 || isElsewhere) continue;
    // Sessions last three quarters of an hour, each with its own share of the cache.
    const turn = Math.floor(ageMs / (3 * STEP_MS));
    const session = SESSIONS[(turn * 7 + (turn % 3)) % SESSIONS.length]!;
    counted.push(countedAt(begunAt - ageMs, session, hours));
  }
  return counted;
}

function countedAt(at: number, { tokens, ...session }: Session, hours: number): Counted {
  const { slotMs } = LEDGER_RETENTION;
  const scale = (COST_PER_HOUR * hours) / usualCost(tokens);
  const { input, cacheRead, cacheWrite, output } = times(tokens, scale);
  const row: LedgerRow = {
    ...session,
    from: at - (at % slotMs),
    spanMs: slotMs,
    account: 'kimi-code',
    answers: Math.max(1, Math.round(hours * 40)),
    failures: 0,
    retries: 0,
    tokens: {
      input: Math.round(input),
      cacheRead: Math.round(cacheRead),
      cacheWrite: Math.round(cacheWrite),
      output: Math.round(output),
    },
  };
  return { at, key: `sample ${at}`, row };
}
