import type { Command } from './command.ts';
import { check } from './commands/check.ts';
import { completion } from './commands/completion.ts';
import { doctor } from './commands/doctor.ts';
import { explain } from './commands/explain.ts';
import { history } from './commands/history.ts';
import { hook } from './commands/hook.ts';
import { limits } from './commands/limits.ts';
import { mcp } from './commands/mcp.ts';
import { metrics } from './commands/metrics.ts';
import { scan } from './commands/scan.ts';
import { setup } from './commands/setup.ts';
import { status } from './commands/status.ts';
import { team } from './commands/team.ts';
import { test } from './commands/test.ts';
import { ticket } from './commands/ticket.ts';
import { usage } from './commands/usage.ts';
import { wait } from './commands/wait.ts';
import { watch } from './commands/watch.ts';
import { why } from './commands/why.ts';

/** All commands in the order of the help. */
export const COMMANDS: readonly Command[] = [
  check,
  status,
  history,
  usage,
  limits,
  why,
  explain,
  scan,
  watch,
  test,
  ticket,
  wait,
  mcp,
  hook,
  metrics,
  team,
  setup,
  doctor,
  completion,
];
