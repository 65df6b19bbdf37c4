// `npm run lint`, before Prettier: ESLint over all files, folder by folder. It takes half a minute of
// processor time; the names of the folders show that it runs.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { ESLint } from 'eslint';
import { root } from './paths.ts';
import { runProgram } from './program.ts';

const entries = (folder: string): string[] =>
  readdirSync(path.join(root, folder)).map(name => path.posix.join(folder, name));

async function lint(): Promise<number> {
  const eslint = new ESLint({ cwd: root, errorOnUnmatchedPattern: false, warnIgnored: false });
  const formatter = await eslint.loadFormatter('stylish');
  let errorCount = 0;
  for (const entry of entries('.').flatMap(it => (/^(src|test)$/.test(it) ? entries(it) : it))) {
    const results = await eslint.lintFiles(entry);
    if (results.length > 0) console.log(`${entry}: ${results.length}`);
    const report = await formatter.format(results);
    if (report) console.log(report);
    for (const result of results) errorCount += result.errorCount;
  }
  return errorCount > 0 ? 1 : 0;
}

await runProgram(lint);
