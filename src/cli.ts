import { defectWords, runCommandLine } from './cli/commandLine.ts';
import { printWarning } from './cli/output.ts';

/** Whatever ends the program before it has an answer: it has failed (sysexits' EX_SOFTWARE). */
const DEFECT = 70;

let hasEnded = false;
function end(code: number, words?: string): void {
  hasEnded = true;
  process.exitCode = code;
  if (words !== undefined) printWarning(words);
}

process.exitCode = DEFECT;
process.once('exit', () => {
  if (!hasEnded) printWarning(defectWords(new Error('no answer')));
});
process.once('uncaughtException', error => {
  end(DEFECT, defectWords(error));
  process.exit();
});

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader that has seen enough, such as `head`, ends us; that is no fault.
  if (error.code === 'EPIPE') end(0);
  else end(DEFECT, `The answer could not be written (${error.code ?? error.name}).`);
  process.exit();
});

void runCommandLine(process.argv.slice(2)).then(code => end(code));
