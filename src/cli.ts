import { printDefect } from './cli/output.ts';
import { runCommandLine } from './cli/commandLine.ts';

// A reader that has seen enough, such as `head`, ends us; that is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

void runCommandLine(process.argv.slice(2)).then(
  code => (process.exitCode = code),
  error => {
    printDefect(error);
    process.exitCode = 70;
  },
);
