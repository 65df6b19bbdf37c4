import { attribute } from '../agents/attribution.ts';
import type { RequestEnded, Signal } from '../agents/signal.ts';
import type { TailBatch } from '../agents/tail.ts';
import { regionOfApi } from '../base/kimiHosts.ts';
import { type Counted, LEDGER_RETENTION, type LedgerRow, type TokenCounts } from './ledger.ts';

/** What to leave out. */
export interface CountOptions {
  /** False: no names of projects (`kimiQuota.ledger.projects`). */
  readonly hasProjects: boolean;
}

/**
 * What the signals of a batch add to the ledger: responses with tokens, and failed attempts.
 * `joined`: its failures, and earlier ones with new facts (`joinFailures`).
 */
export function countedIn(
  { signals }: Pick<TailBatch, 'signals'>,
  { signals: failed, amendments = [] }: Pick<TailBatch, 'signals' | 'amendments'>,
  options: CountOptions,
): Counted[] {
  const counted: Counted[] = [];
  const add = (signal: Signal, key: string, amounts: Amounts): void => {
    counted.push({ at: signal.at, key, row: rowOf(signal, amounts, options) });
  };
  for (const { signal } of signals) {
    if (!hasTokens(signal)) continue;
    const answers = signal.isAddition ? 0 : 1;
    add(signal, signal.contentKey, { ...NOTHING, answers, tokens: tokensOf(signal) });
  }
  const failures = failed.map(({ signal }) => signal).filter(it => it.kind === 'requestFailed');
  for (const signal of failures) {
    const { attemptCount: count = 1 } = signal;
    add(signal, signal.contentKey, { ...NOTHING, failures: count, retries: count });
  }
  for (const signal of amendments) {
    const { contentKey, fewerAttempts: fewer = 0 } = signal;
    if (fewer > 0)
      add(signal, `${contentKey} fewer`, { ...NOTHING, failures: -fewer, retries: -fewer });
  }
  // No retry follows the last one.
  for (const signal of [...failures, ...amendments])
    if (signal.isFinal) add(signal, `${signal.contentKey} final`, { ...NOTHING, retries: -1 });
  return counted;
}

/** Whether a signal adds to the ledger. */
export function isCounted(signal: Signal): boolean {
  return signal.kind === 'requestFailed' || hasTokens(signal);
}

function hasTokens(signal: Signal): signal is RequestEnded {
  if (signal.kind !== 'requestEnded' || signal.failure) return false;
  return signal.inputTokens !== undefined || signal.outputTokens !== undefined;
}

type Amounts = Pick<LedgerRow, 'answers' | 'failures' | 'retries' | 'tokens'>;

const NO_TOKENS: TokenCounts = { input: 0, cacheRead: 0, cacheWrite: 0, output: 0 };
const NOTHING: Amounts = { answers: 0, failures: 0, retries: 0, tokens: NO_TOKENS };

function tokensOf(signal: RequestEnded): TokenCounts {
  const { inputTokens = 0, cacheReadTokens = 0, cacheWriteTokens = 0 } = signal;
  return {
    input: Math.max(0, inputTokens - cacheReadTokens - cacheWriteTokens),
    cacheRead: cacheReadTokens,
    cacheWrite: cacheWriteTokens,
    output: signal.outputTokens ?? 0,
  };
}

function rowOf(signal: Signal, amounts: Amounts, { hasProjects }: CountOptions): LedgerRow {
  const { at, agent, session, subagent, model, project } = signal;
  const { slotMs } = LEDGER_RETENTION;
  const account = accountOf(signal);
  return {
    from: at - (at % slotMs),
    spanMs: slotMs,
    ...(account === undefined ? {} : { account }),
    agent,
    session,
    isSubagent: subagent !== undefined,
    ...(model === undefined ? {} : { model }),
    ...(project === undefined || !hasProjects ? {} : { project }),
    ...amounts,
  };
}

/** See `LedgerRow.account`. The regions of the open platform have separate accounts. */
function accountOf(signal: Signal): string | undefined {
  const { provider } = attribute(signal);
  if (provider === 'unknown') return undefined;
  if (provider !== 'open-platform') return provider;
  const { host, configuredHost } = signal.evidence;
  const region = regionOfApi(host ?? configuredHost ?? '');
  return region?.product === provider ? `${provider} ${region.region}` : provider;
}
