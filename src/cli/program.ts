import { faultName } from '../core/base/ports.ts';
import { printWarning } from './output.ts';

/** Exit code if the program ends without a result (EX_SOFTWARE of sysexits). */
const DEFECT = 70;

/** Runs a program with this process's arguments. It resolves to the exit code. */
export function runProgram(run: (args: string[]) => Promise<number>): void {
  let hasEnded = false;
  const end = (code: number, words?: string): void => {
    hasEnded = true;
    process.exitCode = code;
    if (words !== undefined) printWarning(words);
  };
  process.exitCode = DEFECT;
  process.once('exit', () => {
    if (!hasEnded) printWarning(defectWords(new Error('no result')));
  });
  process.once('uncaughtException', error => {
    end(DEFECT, defectWords(error));
    process.exit();
  });
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A reader such as `head` may close the pipe early, which is no error.
    if (error.code === 'EPIPE') end(0);
    else end(DEFECT, `The output could not be written (${error.code ?? error.name}).`);
    process.exit();
  });
  void run(process.argv.slice(2)).then(code => end(code));
}

/** The message for an unexpected error, without its own text, which may contain anything. */
function defectWords(error: unknown): string {
  return `Internal error (${faultName(error)}). Please report it with the command that you ran.`;
}
