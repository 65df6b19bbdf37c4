import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Locale } from '../core/base/ports.ts';
import { type Goal, type Opening, openingWords } from '../core/status/opening.ts';
import { waitUntilOpen, type WaitResult } from '../core/status/waitUntilOpen.ts';
import { SystemClock } from '../node/systemClock.ts';
import { LiveState, openingInput } from './liveState.ts';
import { printJson, printLine, printProgress, printWarning } from './output.ts';

/** A call of `kimi-quota wait`. */
export interface WaitCall {
  readonly goal: Goal;
  readonly maxMs: number;
  readonly isJson: boolean;
  /** Empty: none. */
  readonly command: readonly string[];
  readonly locale: Locale;
}

/** Waits, then runs the command. Resolves to its exit code, or to why the wait ended. */
export async function wait(call: WaitCall): Promise<number> {
  const { goal, maxMs, isJson, command, locale } = call;
  const state = new LiveState();
  const cancelling = new AbortController();
  const cancel = (): void => cancelling.abort();
  process.once('SIGINT', cancel).once('SIGTERM', cancel);
  const result = await waitUntilOpen({
    clock: new SystemClock({ keepsAlive: true }),
    goal,
    maxMs,
    random: Math.random,
    read: async freshMs => openingInput(await state.read(freshMs)),
    onProgress: opening => printProgress(openingWords(opening, Date.now(), locale)),
    signal: cancelling.signal,
  });
  process.off('SIGINT', cancel).off('SIGTERM', cancel);
  printProgress('');
  state.dispose();
  const code = exitCodeOf(result);
  if (isJson) printJson(waitReport(result));
  else if (code !== 0) printWarning(endWords(result, locale));
  else if (command.length === 0) printLine(openingWords(result.opening, Date.now(), locale));
  return code === 0 && command.length > 0 ? run(command, locale) : code;
}

/** The result of a wait as `wait --json` and the MCP tool report it. */
export function waitReport({ end, opening, waitedMs }: WaitResult): object {
  const reason = 'reason' in opening ? opening.reason : null;
  const until = opening.kind === 'closed' ? opening.until : undefined;
  return {
    end,
    reason,
    until: until === undefined ? null : new Date(until).toISOString(),
    waitedSeconds: Math.round(waitedMs / 1000),
  };
}

function exitCodeOf({ end, opening }: WaitResult): number {
  switch (end) {
    case 'open':
      return 0;
    case 'timeout':
      if (opening.kind === 'unknown') return 5;
      return reasonOf(opening) === 'quota' ? 3 : 6;
    case 'useless':
      return reasonOf(opening) === 'credit' ? 3 : 4;
    case 'unknown':
      return 5;
    case 'cancelled':
      return 130;
  }
}

const reasonOf = (opening: Opening): string | undefined =>
  'reason' in opening ? opening.reason : undefined;

function endWords({ end, opening }: WaitResult, locale: Locale): string {
  const { t } = locale;
  const words = openingWords(opening, Date.now(), locale);
  if (end === 'timeout') return t('Not within the time. {0}', words);
  return end === 'cancelled' ? t('Cancelled.') : words;
}

/** What the shell of Windows ends with if it finds no such program. */
const NOT_FOUND_ON_WINDOWS = 9009;

/** Runs the command with this process's streams. 127: it cannot be started. */
function run([file = '', ...args]: readonly string[], { t }: Locale): Promise<number> {
  // Programs from npm are scripts there, which only a shell starts.
  const shell = process.platform === 'win32';
  const quoted = (arg: string): string =>
    /[\s"]/.test(arg) ? `"${arg.replaceAll('"', '""')}"` : arg;
  return new Promise(resolve => {
    const child = spawn(file, shell ? args.map(quoted) : args, { stdio: 'inherit', shell });
    const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
    process.on('SIGINT', forward).on('SIGTERM', forward);
    const giveUp = (): void => {
      printWarning(t('{0} cannot be started.', file));
      resolve(127);
    };
    child.once('error', giveUp);
    child.once('exit', (code, signal) => {
      if (shell && code === NOT_FOUND_ON_WINDOWS) return giveUp();
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0));
    });
  });
}
