import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EnvHttpProxyAgent, fetch as undiciFetch } from 'undici';
import type { AccountId } from './core/account.ts';
import { baseUrlOf, type Endpoint } from './core/endpoint.ts';
import { readKeyText } from './core/keyText.ts';
import type { Log } from './core/ports.ts';
import { checkExitCode, checkReport } from './core/quota/checkReport.ts';
import { baseUrlProblem } from './core/quota/explainState.ts';
import type { QuotaClient } from './core/quota/outcome.ts';
import { quotaText } from './core/quota/quotaText.ts';
import { viewQuota, type QuotaStatus, type QuotaView } from './core/quota/quotaView.ts';
import { readWithin } from './core/quota/readWithin.ts';
import { statusText } from './core/quota/statusText.ts';
import { english } from './core/words.ts';
import { parseBaseUrl } from './node/parseBaseUrl.ts';
import { QuotaEndpoint, type Fetch } from './node/quotaEndpoint.ts';
import { SqliteArchive } from './node/sqliteArchive.ts';
import { SystemClock } from './node/systemClock.ts';
import { userCacheFolder } from './node/userCacheFolder.ts';

declare const __VERSION__: string;

const USAGE = `Usage: kimi-quota check [--json | --line] [--max-age SECONDS]

Asks Kimi what is left of your quota, once.

  --json     a JSON object (see README.md)
  --line     one short line, for a status line: 5h 84% · wk 67%
  --max-age  seconds that an earlier answer may be old; without it Kimi is always asked
  --help     this text
  --version  the version

Environment:
  KIMI_API_KEY        the key, sk-kimi-… (required)
  KIMI_CODE_BASE_URL  another host; default ${baseUrlOf('kimi.com')}
  HTTPS_PROXY, NO_PROXY are honoured.

Exit codes: 0 there is room, 2 wrong usage, 3 used up, 4 key refused,
5 no answer or none that could be read, 6 the usage endpoint is limiting us.
`;

/** A wrong call: what is wrong, and what to do. */
class UsageError extends Error {}

interface Call {
  readonly format: 'text' | 'json' | 'line';
  readonly maxAgeMs: number;
  readonly endpoint: Endpoint;
  readonly key: string;
}

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseCommandLine(args);
  if (values.help) return print(USAGE);
  if (values.version) return print(`${__VERSION__}\n`);
  if (positionals.length !== 1 || positionals[0] !== 'check') {
    throw new UsageError('The one command is: kimi-quota check');
  }
  const maxAge = values['max-age'] ?? '0';
  if (!/^\d{1,6}$/.test(maxAge)) throw new UsageError('--max-age takes whole seconds.');
  const format = values.json ? 'json' : values.line ? 'line' : 'text';
  return check({ format, maxAgeMs: Number(maxAge) * 1000, ...readEnvironment() });
}

function parseCommandLine(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        line: { type: 'boolean' },
        'max-age': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : 'The arguments are not known.');
  }
}

function readEnvironment(): Pick<Call, 'endpoint' | 'key'> {
  const { KIMI_API_KEY = '', KIMI_CODE_BASE_URL = '' } = process.env;
  const typed = readKeyText(KIMI_API_KEY);
  if (typed.kind === 'refused') {
    throw new UsageError(
      typed.problem === 'empty'
        ? 'No key: set KIMI_API_KEY to a key of the Kimi Code console (sk-kimi-…).'
        : 'KIMI_API_KEY does not hold a key: it has a space, a line break or a strange character, or it is a log-in token.',
    );
  }
  const baseUrl = KIMI_CODE_BASE_URL || baseUrlOf('kimi.com');
  const product = /^https:\/\/api\.moonshot\.(?:ai|cn)\b/.test(baseUrl)
    ? 'openPlatform'
    : 'kimiCode';
  const endpoint = parseBaseUrl(baseUrl, product);
  if ('problem' in endpoint) {
    throw new UsageError(`KIMI_CODE_BASE_URL: ${baseUrlProblem(endpoint.problem, english)}`);
  }
  if (endpoint.isMoonshot && typed.product !== undefined && typed.product !== product) {
    throw new UsageError(mismatchWords(typed.product === 'openPlatform', endpoint.origin));
  }
  return { endpoint, key: typed.key };
}

/** A key of one product on the other's host is refused there; it is not even sent. */
function mismatchWords(isPlatformKey: boolean, origin: string): string {
  return isPlatformKey
    ? `KIMI_API_KEY is a key of the open platform, and ${origin} is Kimi Code. Set KIMI_CODE_BASE_URL to ${baseUrlOf('moonshot.ai')} or ${baseUrlOf('moonshot.cn')}.`
    : `KIMI_API_KEY is a Kimi Code key, and ${origin} is the open platform. Unset KIMI_CODE_BASE_URL.`;
}

async function check(call: Call): Promise<number> {
  const dispatcher = new EnvHttpProxyAgent();
  const fetch = ((url: string, init: object) =>
    undiciFetch(url, { ...init, dispatcher })) as unknown as Fetch;
  const userAgent = `kimi-quota/${__VERSION__} (command line)`;
  const client = new QuotaEndpoint({ endpoint: call.endpoint, fetch, userAgent, now: Date.now });
  const status = await (call.maxAgeMs > 0 ? readRemembered(call, client) : readNow(call, client));
  const view = viewQuota({ access: 'key', ...status }, Date.now());
  print(render(view, call));
  await dispatcher.destroy();
  return checkExitCode(view);
}

async function readNow({ key }: Call, client: QuotaClient): Promise<QuotaStatus> {
  const outcome = await client.readQuota(key);
  return outcome.kind === 'fresh' ? { outcome, snapshot: outcome.snapshot } : { outcome };
}

/** Remembers answers in the user's cache folder, apart for each key, of which it keeps a hash. */
async function readRemembered(
  { endpoint: { origin }, key, maxAgeMs }: Call,
  client: QuotaClient,
): Promise<QuotaStatus> {
  const hash = createHash('sha256').update(`kimi-quota ${key}`).digest('hex').slice(0, 12);
  const path = join(userCacheFolder(process.platform, process.env), `check-${hash}.db`);
  const clock = new SystemClock();
  const archive = new SqliteArchive({ path, clock, log: silent });
  const { snapshot, outcome } = await readWithin({
    archive,
    origin,
    client,
    key,
    maxAgeMs,
    now: clock.now(),
  });
  archive.dispose();
  return { ...(snapshot ? { snapshot } : {}), ...(outcome ? { outcome } : {}) };
}

/** What goes wrong with the memory of answers costs a request, not a word. */
const silent: Log = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

function render(view: QuotaView, { format, endpoint }: Call): string {
  const locale = { t: english, language: Intl.DateTimeFormat().resolvedOptions().locale };
  switch (format) {
    case 'json':
      return `${JSON.stringify(checkReport(view, { origin: endpoint.origin, now: Date.now() }), null, 2)}\n`;
    case 'line':
      return `${statusText(view, { side: 'remaining', density: 'full', locale }).text}\n`;
    case 'text': {
      const account = { id: accountIdOf(endpoint), endpoint };
      return `${quotaText([{ account, view }], { locale, side: 'remaining', now: Date.now() })}\n`;
    }
  }
}

function accountIdOf({ product, origin }: Endpoint): AccountId {
  if (product === 'kimiCode') return 'kimiCode';
  return origin.endsWith('.cn') ? 'moonshot.cn' : 'moonshot.ai';
}

function print(text: string): 0 {
  process.stdout.write(text);
  return 0;
}

main(process.argv.slice(2)).then(
  code => (process.exitCode = code),
  (error: unknown) => {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`kimi-quota: ${error.message}\n`);
    process.exitCode = 2;
  },
);
