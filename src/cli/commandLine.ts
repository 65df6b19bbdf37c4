import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { check } from './check.ts';
import { doctor } from './doctor.ts';
import { explain } from './explain.ts';
import { printText, printWarning } from './output.ts';
import { scan, watch, type LogCall } from './scan.ts';
import { UsageError } from './tailing.ts';
import { test } from './test.ts';
import { baseUrlOf } from '../core/accounts/endpoint.ts';
import { faultName } from '../core/base/ports.ts';
import { HOUR_MS } from '../core/base/time.ts';

declare const __VERSION__: string;

const USAGE = `Usage: kimi-quota check [--json | --line] [--max-age SECONDS]
       kimi-quota doctor [--json] [--status-page] [--chat [--yes]]
       kimi-quota explain [--json | --jsonl] [FILE | -]
       kimi-quota scan [--home DIR] [--file GLOB]... [--since 24h | 7d | all] [--json] [--requests]
       kimi-quota watch [--home DIR] [--file GLOB]... [--json] [--requests]
       kimi-quota test [--account kimiCode | moonshot.ai | moonshot.cn] [--json] [--curl] [--yes]

check gets your quota from Kimi once.

  --json     a JSON object (see docs/cli.md)
  --line     one short line, for a status line: 5h 84% · wk 67%
  --max-age  accept a response up to this many seconds old; default: always send a request

doctor checks everything between this machine and Kimi: key, host, network, proxy, certificate, clock,
responses, logs. It sends the requests of check, and one for the list of models.

  --json         a JSON object (see docs/cli.md)
  --status-page  also checks status.moonshot.cn
  --chat         also sends one chat request of 5 tokens, after a confirmation
  --yes          skips the confirmation

explain explains an error text from FILE or standard input. It sends no request.

  --json     a JSON object
  --jsonl    reads lines {"id", "raw", "meta"?: {"provider", "model", "baseUrl"}} and writes
             lines {"id", "isKimi", "category", "rule", "confidence", "fields"}

scan finds failed requests in the logs of coding agents (Kimi Code, Claude Code and others); watch
follows the logs until it is interrupted. Both print the failures and the incidents they form, with a
cause and next steps. They send no request and change no file.

  --home     another home folder, with the folder tmp next to it; default: yours
  --file     another log to read, or a glob in quotes: '~/litellm/*.log'; repeatable
  --since    the time span; default: 24h
  --json     one JSON object per line (see docs/cli.md)
  --requests also requests that started and ended

test sends one request of about 15 tokens to the account, after a confirmation and without an agent,
and compares the answer with the newest failure in the agents' logs: account, agent or gateway.

  --account  default: the account of the environment
  --json     a JSON object
  --curl     prints the request for curl, with $KIMI_API_KEY for the key, and sends nothing
  --yes      skips the confirmation

  --help     this text
  --version  the version

Environment of check, doctor and test:
  KIMI_API_KEY        the key, sk-kimi-… (required)
  KIMI_CODE_BASE_URL  another host; default ${baseUrlOf('kimi.com')}
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY  the proxy

Exit codes: 0 quota left, or done; 1 doctor: something is broken; 2 wrong usage; 3 quota used up;
4 key rejected; 5 no readable response; 6 rate limited; 70 internal error.
`;

/**
 * Runs the command that `args` name, with this process's environment and streams. Resolves to the
 * exit code.
 */
export async function runCommandLine(args: string[]): Promise<number> {
  try {
    return await runCommand(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    printWarning(error.message);
    return 2;
  }
}

/**
 * The message for an unexpected error, without the error's own text, which may contain anything.
 */
export function defectWords(error: unknown): string {
  const name = faultName(error);
  return `Internal error (${name}). Please report it with the command that you ran.`;
}

async function runCommand(args: string[]): Promise<number> {
  const { values, positionals } = parseCommandLine(args);
  if (values.help) return print(USAGE);
  if (values.version) return print(`${__VERSION__}\n`);
  const [name = '', ...rest] = positionals;
  const command = COMMANDS.find(each => each.name === name);
  if (!command) {
    const names = 'check, doctor, explain, scan, watch and test';
    throw new UsageError(`The commands are ${names}. See kimi-quota --help.`);
  }
  if (rest.length > command.mostFiles) {
    const most = command.mostFiles === 0 ? 'no file' : 'one file';
    throw new UsageError(`${name} takes ${most}. See kimi-quota --help.`);
  }
  for (const option of Object.keys(values) as Option[]) assertTakes(command, option);
  return command.run(values, rest[0]);
}

/** A command and its options besides `--help` and `--version`. */
interface Command {
  readonly name: string;
  readonly options: readonly Option[];
  readonly mostFiles: 0 | 1;
  readonly run: (values: Values, file?: string) => Promise<number>;
}

const COMMANDS: readonly Command[] = [
  { name: 'check', options: ['json', 'line', 'max-age'], mostFiles: 0, run: runCheck },
  { name: 'doctor', options: ['json', 'status-page', 'chat', 'yes'], mostFiles: 0, run: runDoctor },
  { name: 'explain', options: ['json', 'jsonl'], mostFiles: 1, run: runExplain },
  {
    name: 'scan',
    options: ['home', 'file', 'since', 'json', 'requests'],
    mostFiles: 0,
    run: async values => scan(logCall(values), sinceMs(values.since)),
  },
  {
    name: 'watch',
    options: ['home', 'file', 'json', 'requests'],
    mostFiles: 0,
    run: async values => watch(logCall(values)),
  },
  {
    name: 'test',
    options: ['account', 'json', 'curl', 'yes'],
    mostFiles: 0,
    run: async ({ account, json = false, curl = false, yes = false }) =>
      test({ isJson: json, asCurl: curl, isAgreed: yes, ...(account ? { account } : {}) }),
  },
];

function assertTakes({ name, options }: Command, option: Option): void {
  if (options.includes(option)) return;
  const owners = COMMANDS.filter(each => each.options.includes(option)).map(each => each.name);
  const taken = options.map(each => `--${each}`).join(', ');
  throw new UsageError(
    `--${option} is an option of ${owners.join(' and ')}, not of ${name}, which takes ${taken}.`,
  );
}

function logCall({ home, file = [], json = false, requests = false }: Values): LogCall {
  return {
    files: file,
    isJson: json,
    hasRequests: requests,
    ...(home === undefined ? {} : { home: resolve(home) }),
  };
}

const SPANS_MS: ReadonlyMap<string, number> = new Map(
  Object.entries<number>({ '24h': 24 * HOUR_MS, '7d': 168 * HOUR_MS }),
);

/** Start of the time span in epoch milliseconds; 0: everything. */
function sinceMs(since = '24h'): number {
  if (since === 'all') return 0;
  const spanMs = SPANS_MS.get(since);
  if (spanMs === undefined) throw new UsageError('--since takes 24h, 7d or all.');
  return Date.now() - spanMs;
}

type Values = ReturnType<typeof parseCommandLine>['values'];
type Option = keyof typeof OPTIONS;

async function runCheck(values: Values): Promise<number> {
  const maxAge = values['max-age'] ?? '0';
  if (!/^\d{1,6}$/.test(maxAge)) throw new UsageError('--max-age takes whole seconds.');
  const format = values.json ? 'json' : values.line ? 'line' : 'text';
  return check(format, Number(maxAge) * 1000);
}

async function runDoctor(values: Values): Promise<number> {
  if (values.yes && !values.chat) throw new UsageError('--yes requires --chat.');
  return doctor({
    isJson: values.json ?? false,
    asksStatusPage: values['status-page'] ?? false,
    sendsChat: values.chat ?? false,
    isAgreed: values.yes ?? false,
  });
}

async function runExplain(values: Values, file = '-'): Promise<number> {
  return explain({ format: values.jsonl ? 'jsonl' : values.json ? 'json' : 'text', file });
}

const OPTIONS = {
  json: { type: 'boolean' },
  jsonl: { type: 'boolean' },
  line: { type: 'boolean' },
  'max-age': { type: 'string' },
  home: { type: 'string' },
  file: { type: 'string', multiple: true },
  since: { type: 'string' },
  requests: { type: 'boolean' },
  'status-page': { type: 'boolean' },
  account: { type: 'string' },
  curl: { type: 'boolean' },
  chat: { type: 'boolean' },
  yes: { type: 'boolean', short: 'y' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

function parseCommandLine(args: string[]) {
  try {
    return parseArgs({ args, allowPositionals: true, options: OPTIONS });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : 'Unknown arguments.');
  }
}

function print(text: string): 0 {
  printText(text);
  return 0;
}
