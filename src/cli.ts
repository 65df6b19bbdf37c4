import { parseArgs } from 'node:util';
import { EnvHttpProxyAgent, fetch as undiciFetch } from 'undici';
import { baseUrlOf, type Endpoint } from './core/endpoint.ts';
import { readKeyText } from './core/keyText.ts';
import type { Locale } from './core/ports.ts';
import { checkExitCode, checkReport } from './core/quota/checkReport.ts';
import { baseUrlProblem } from './core/quota/explainState.ts';
import { quotaText } from './core/quota/quotaText.ts';
import { viewQuota, type QuotaView } from './core/quota/quotaView.ts';
import { statusText } from './core/quota/statusText.ts';
import { english } from './core/words.ts';
import { parseBaseUrl } from './node/parseBaseUrl.ts';
import { QuotaEndpoint, type Fetch } from './node/quotaEndpoint.ts';

declare const __VERSION__: string;

const USAGE = `Usage: kimi-quota check [--json | --line]

Asks Kimi what is left of your quota, once.

  --json     a JSON object (see README.md)
  --line     one short line, for a status line: 5h 84% · wk 67%
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
  const format = values.json ? 'json' : values.line ? 'line' : 'text';
  return check({ format, ...readEnvironment() });
}

function parseCommandLine(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        line: { type: 'boolean' },
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

async function check({ format, endpoint, key }: Call): Promise<number> {
  const dispatcher = new EnvHttpProxyAgent();
  const fetch = ((url: string, init: object) =>
    undiciFetch(url, { ...init, dispatcher })) as unknown as Fetch;
  const userAgent = `kimi-quota/${__VERSION__} (command line)`;
  const client = new QuotaEndpoint({ endpoint, fetch, userAgent, now: Date.now });
  const outcome = await client.readQuota(key);
  const snapshot = outcome.kind === 'fresh' ? { snapshot: outcome.snapshot } : {};
  const view = viewQuota({ hasKey: true, outcome, ...snapshot }, Date.now());
  print(render(view, format, endpoint));
  await dispatcher.destroy();
  return checkExitCode(view);
}

function render(view: QuotaView, format: Call['format'], endpoint: Endpoint): string {
  const { t, language } = { t: english, language: Intl.DateTimeFormat().resolvedOptions().locale };
  const locale: Locale = { t, language };
  switch (format) {
    case 'json':
      return `${JSON.stringify(checkReport(view, { origin: endpoint.origin, now: Date.now() }), null, 2)}\n`;
    case 'line':
      return `${statusText(view, { side: 'remaining', density: 'full', locale }).text}\n`;
    case 'text': {
      const account = { id: 'kimiCode', endpoint } as const;
      return `${quotaText([{ account, view }], { locale, side: 'remaining', now: Date.now() })}\n`;
    }
  }
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
