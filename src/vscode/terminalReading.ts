import { window, type TerminalShellExecutionStartEvent } from 'vscode';
import { inBackground } from '../core/base/background.ts';
import {
  parseTerminalCommand,
  TerminalOutput,
  RecentErrors,
} from '../core/agents/terminalOutput.ts';
import { type Disposable, DisposableStore, MutableDisposable } from '../core/base/event.ts';
import type { CommandContext } from './commandContext.ts';

/** The last line of output has no line break, so it is parsed when output pauses. */
const FLUSH_MS = 1000;

type Context = Pick<CommandContext, 'clock' | 'log' | 'settings' | 'appendTerminalError'>;

/** Reads the output of agents in terminals with shell integration, until disposed. */
export function readTerminals(context: Context): Disposable {
  const own = new DisposableStore();
  const reported = new RecentErrors();
  let isDisposed = false;
  own.add({ dispose: () => (isDisposed = true) });
  const isOver = (): boolean => isDisposed;
  own.add(
    window.onDidStartTerminalShellExecution(event =>
      inBackground(follow(event, { context, reported, isOver }), context.log),
    ),
  );
  return own;
}

/** The output of other commands isn't read. */
async function follow(
  { execution }: TerminalShellExecutionStartEvent,
  {
    context,
    reported,
    isOver,
  }: { context: Context; reported: RecentErrors; isOver: () => boolean },
): Promise<void> {
  const { clock, log, settings, appendTerminalError } = context;
  const command = parseTerminalCommand(execution.commandLine.value);
  if (!command || !settings().watchedAgents.includes(command.agent)) return;
  const output = new TerminalOutput(command, reported, clock.now());
  const timer = new MutableDisposable();
  const flush = (): void =>
    output.flush(clock.now()).forEach(error => inBackground(appendTerminalError(error), log));
  for await (const chunk of execution.read()) {
    if (isOver()) break;
    for (const error of output.push(chunk, clock.now()))
      inBackground(appendTerminalError(error), log);
    timer.value = clock.after(FLUSH_MS, flush);
  }
  timer.dispose();
  if (!isOver()) flush();
}
