import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { baseUrlOf, type Endpoint, sourceOf } from '../core/accounts/endpoint.ts';
import { parseKeyText } from '../core/accounts/key.ts';
import type { InFlightCount, Signal } from '../core/agents/signal.ts';
import { english } from '../core/base/format.ts';
import { OPEN_REQUEST_LIMIT_MS, RequestHistory } from '../core/incidents/requestHistory.ts';
import { readWithin } from '../core/quota/accountStore.ts';
import type { QuotaClient } from '../core/quota/outcome.ts';
import { type QuotaStatus, type QuotaView, viewQuota } from '../core/quota/quotaView.ts';
import { checkExitCode, checkReport } from '../core/status/checkReport.ts';
import { baseUrlProblem } from '../core/status/explainState.ts';
import { quotaText } from '../core/status/quotaFacts.ts';
import { safeToStart, startWords } from '../core/status/startAdvice.ts';
import { statusText } from '../core/status/statusText.ts';
import { readLogsOnce } from '../node/logTailer.ts';
import { QuotaEndpoint } from '../node/quotaEndpoint.ts';
import { SqliteArchive } from '../node/sqliteArchive.ts';
import { SystemClock } from '../node/systemClock.ts';
import { accountIdOf, endpointOf, openNetwork, userCacheFolder } from './environment.ts';
import { printJson, printLine, printText, printWarning } from './output.ts';
import { silent, tailing, UsageError } from './tailing.ts';

/** The part at the end of a log that is read for open requests. */
const MAX_TAIL_BYTES = 4 * 1024 * 1024;

/** Counts the requests in flight, from the last minutes of the agents' logs. */
async function inFlightNow(now: number): Promise<InFlightCount> {
  const signals: Signal[] = [];
  await readLogsOnce({
    ...tailing({ files: [] }, ({ signal }) => signals.push(signal)),
    since: now - OPEN_REQUEST_LIMIT_MS,
    reading: { everyRecord: 'always', maxBacklogBytes: MAX_TAIL_BYTES },
  });
  const history = new RequestHistory();
  for (const signal of signals.sort((a, b) => a.at - b.at)) history.apply(signal, signal.at);
  return history.count(now);
}

/** Longer than any write by another call. After it, the check runs without the stored response. */
const LOCK_WAIT_MS = 2_000;

/** The output format. */
export type CheckFormat = 'text' | 'json' | 'line';

interface Call {
  readonly format: CheckFormat;
  readonly maxAgeMs: number;
  readonly endpoint: Endpoint;
  readonly key: string;
}

/**
 * Gets the quota once with the key from the environment and prints it. Resolves to the exit code.
 */
export async function check(format: CheckFormat, maxAgeMs: number): Promise<number> {
  return ask({ format, maxAgeMs, ...readEnvironment() });
}

function readEnvironment(): Pick<Call, 'endpoint' | 'key'> {
  const { KIMI_API_KEY = '' } = process.env;
  const typed = parseKeyText(KIMI_API_KEY);
  if (typed.kind === 'refused') {
    throw new UsageError(
      typed.problem === 'empty'
        ? 'No key: set KIMI_API_KEY to a key from the Kimi Code console (sk-kimi-…).'
        : "KIMI_API_KEY isn't a key: it has a space, a line break or an unexpected character, or it is a sign-in token.",
    );
  }
  const endpoint = endpointOf(process.env);
  if ('problem' in endpoint) {
    throw new UsageError(`KIMI_CODE_BASE_URL: ${baseUrlProblem(endpoint.problem, english)}`);
  }
  const { isMoonshot, product } = endpoint;
  if (isMoonshot && typed.product !== undefined && typed.product !== product) {
    throw new UsageError(mismatchWords(typed.product === 'openPlatform', endpoint.origin));
  }
  return { endpoint, key: typed.key };
}

/** The other product's host rejects the key, so it is not sent. */
function mismatchWords(isPlatformKey: boolean, origin: string): string {
  return isPlatformKey
    ? `KIMI_API_KEY is an open platform key, but ${origin} is Kimi Code. Set KIMI_CODE_BASE_URL to ${baseUrlOf('moonshot.ai')} or ${baseUrlOf('moonshot.cn')}.`
    : `KIMI_API_KEY is a Kimi Code key, but ${origin} is the open platform. Unset KIMI_CODE_BASE_URL.`;
}

async function ask(call: Call): Promise<number> {
  const { fetch, userAgent, close } = openNetwork();
  const client = new QuotaEndpoint({ endpoint: call.endpoint, fetch, userAgent, now: Date.now });
  const status = await (call.maxAgeMs > 0 ? readRemembered(call, client) : readNow(call, client));
  const view = viewQuota({ access: 'key', ...status }, Date.now());
  await print(view, call);
  if (view.state === 'loading') printWarning('Another check is running. Try again in a moment.');
  await close();
  return checkExitCode(view);
}

async function readNow({ key }: Call, client: QuotaClient): Promise<QuotaStatus> {
  const outcome = await client.readQuota(key);
  return outcome.kind === 'fresh' ? { outcome, snapshot: outcome.snapshot } : { outcome };
}

/**
 * Stores responses in the user's cache folder, in one database per key, named by a hash of the key.
 */
async function readRemembered(
  { endpoint, key, maxAgeMs }: Call,
  client: QuotaClient,
): Promise<QuotaStatus> {
  const hash = createHash('sha256').update(`kimi-quota ${key}`).digest('hex').slice(0, 12);
  const path = join(userCacheFolder(process.platform, process.env), `check-${hash}.db`);
  // Keeps the process alive while it waits for the lock of the file.
  const clock = new SystemClock({ keepsAlive: true });
  // Silent: a failure of the cache only costs a request.
  const archive = new SqliteArchive({ path, clock, log: silent, lockWaitMs: LOCK_WAIT_MS });
  const { snapshot, outcome } = await readWithin({
    archive,
    source: sourceOf(endpoint),
    client,
    key,
    maxAgeMs,
    clock,
  });
  archive.dispose();
  return { ...(snapshot ? { snapshot } : {}), ...(outcome ? { outcome } : {}) };
}

async function print(view: QuotaView, { format, endpoint }: Call): Promise<void> {
  const locale = { t: english, language: Intl.DateTimeFormat().resolvedOptions().locale };
  switch (format) {
    case 'json':
      return printJson(await jsonReport(view, endpoint.origin), 2);
    case 'line':
      return printLine(statusText(view, { side: 'remaining', density: 'full', locale }));
    case 'text': {
      const account = { id: accountIdOf(endpoint), endpoint };
      const now = Date.now();
      const advice = safeToStart({ view, now, inFlight: await inFlightNow(now) });
      const text = quotaText([{ account, view }], { locale, side: 'remaining', now });
      return printText(`${text}\n\n${startWords(advice, now, locale)}\n`);
    }
  }
}

async function jsonReport(view: QuotaView, origin: string): Promise<object> {
  const now = Date.now();
  const inFlight = await inFlightNow(now);
  const { total, byAgent } = inFlight;
  return { ...checkReport(view, { origin, now, inFlight }), inFlight: { total, byAgent } };
}
