import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { check } from './check.ts';
import { doctor } from './doctor.ts';
import { explain } from './explain.ts';
import { printText, printWarning } from './output.ts';
import { scan, watch, type LogCall } from './scan.ts';
import { UsageError } from './tailing.ts';
import { baseUrlOf } from '../core/accounts/endpoint.ts';
import { faultName } from '../core/base/ports.ts';
import { HOUR_MS } from '../core/base/time.ts';

declare const __VERSION__: string;

const USAGE = `Usage: kimi-quota check [--json | --line] [--max-age SECONDS]
       kimi-quota doctor [--json] [--status-page] [--chat [--yes]]
       kimi-quota explain [--json | --jsonl] [FILE | -]
       kimi-quota scan [--home DIR] [--file GLOB]... [--since 24h | 7d | all] [--json] [--requests]
       kimi-quota watch [--home DIR] [--file GLOB]... [--json] [--requests]

check asks Kimi what is left of your quota, once.

  --json     a JSON object (see docs/cli.md)
  --line     one short line, for a status line: 5h 84% · wk 67%
  --max-age  seconds that an earlier answer may be old; without it Kimi is always asked

doctor looks for what stands between this machine and Kimi: key, host, network, proxy, certificate,
clock, answers, logs. It sends what check sends, and asks for the list of models.

  --json         a JSON object (see docs/cli.md)
  --status-page  asks status.moonshot.cn too
  --chat         sends one chat request of 5 tokens too, after a question
  --yes          without the question

explain says what an error text means: of FILE, or of the standard input. It asks nobody.

  --json     a JSON object
  --jsonl    reads lines {"id", "raw", "meta"?: {"provider", "model", "baseUrl"}} and writes
             lines {"id", "isKimi", "category", "rule", "confidence", "fields"}

scan reads the logs of coding agents (Kimi Code, Claude Code and others) for failed requests; watch
follows them until it is interrupted. Both tell what the failures were together, and what to do. They
ask nobody, and change nothing.

  --home     another home folder, with the folder tmp beside it; default: your own
  --file     another file to read for errors, or a glob in quotes: '~/litellm/*.log'; repeatable
  --since    how far back; default 24h
  --json     a JSON object a line (see docs/cli.md)
  --requests also requests that began and were answered

  --help     this text
  --version  the version

Environment of check and doctor:
  KIMI_API_KEY        the key, sk-kimi-… (required)
  KIMI_CODE_BASE_URL  another host; default ${baseUrlOf('kimi.com')}
  HTTPS_PROXY, NO_PROXY are honoured.

Exit codes: 0 there is room, or explained; 2 wrong usage, 3 used up, 4 key refused,
5 no answer or none that could be read, 6 the usage endpoint is limiting us, 70 a defect. Of doctor: 1
something is broken.
`;

/** Does what the arguments say, with the environment and the streams of this process; gives the exit code. */
export async function runCommandLine(args: string[]): Promise<number> {
  try {
    return await runCommand(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    printWarning(error.message);
    return 2;
  }
}

/** What is written of an error that was not foreseen: its message may hold anything. */
export function defectWords(error: unknown): string {
  const name = faultName(error);
  return `A defect ended the program (${name}). Please report it with what you ran.`;
}

async function runCommand(args: string[]): Promise<number> {
  const { values, positionals } = parseCommandLine(args);
  if (values.help) return print(USAGE);
  if (values.version) return print(`${__VERSION__}\n`);
  const [name = '', ...rest] = positionals;
  const command = COMMANDS.find(each => each.name === name);
  if (!command) {
    const names = 'check, doctor, explain, scan and watch';
    throw new UsageError(`The commands are ${names}: see kimi-quota --help.`);
  }
  if (rest.length > command.mostFiles) {
    const most = command.mostFiles === 0 ? 'no file' : 'one file';
    throw new UsageError(`${name} takes ${most}: see kimi-quota --help.`);
  }
  for (const option of Object.keys(values) as Option[]) assertTakes(command, option);
  return command.run(values, rest[0]);
}

/** One command: which options it takes, beside `--help` and `--version`, and what it does. */
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

/** From when on failures are shown; 0 is all. */
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
  if (values.yes && !values.chat) throw new UsageError('--yes belongs to --chat.');
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
  chat: { type: 'boolean' },
  yes: { type: 'boolean', short: 'y' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

function parseCommandLine(args: string[]) {
  try {
    return parseArgs({ args, allowPositionals: true, options: OPTIONS });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : 'The arguments are not known.');
  }
}

function print(text: string): 0 {
  printText(text);
  return 0;
}
