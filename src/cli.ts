import { runProgram } from './cli/program.ts';
import { runQuickly } from './cli/quick.ts';

runProgram(async args => {
  const code = await runQuickly(args);
  return code ?? (await import('./cli/commandLine.ts')).runCommandLine(args);
});
