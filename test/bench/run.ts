// `npm run bench`: every figure with its limit beside it. Exits with 1 when one is over.
import path from 'node:path';
import { npmCommand, runCommand } from '../editor/runCommand.ts';
import { outputFolder } from '../editor/paths.ts';
import { benchActivation } from './activation.bench.ts';
import { benchArchive } from './archive.bench.ts';
import type { BenchRow } from './benchRow.ts';
import { benchClassify } from './classify.bench.ts';
import { benchFloods } from './flood.bench.ts';
import { benchPoller } from './poller.bench.ts';

const vsixPath = path.join(outputFolder, 'bench.vsix');
if ((await runCommand(npmCommand('run', '--silent', 'package', '--', vsixPath))) !== 0) {
  throw new Error('The package could not be built.');
}

const rows: BenchRow[] = [
  ...(await benchActivation(vsixPath)),
  ...(await benchArchive()),
  ...(await benchPoller()),
  ...(await benchFloods()),
  ...(await benchClassify()),
];
const width = Math.max(...rows.map(({ name }) => name.length));
let isOver = false;
for (const { name, figure, unit, limit } of rows) {
  const isHeld = figure <= limit;
  isOver ||= !isHeld;
  const digits = figure < 10 ? 2 : 0;
  const columns = [
    name.padEnd(width),
    `${figure.toFixed(digits)} ${unit}`.padStart(12),
    `limit ${limit} ${unit}`.padStart(16),
    isHeld ? 'held' : 'OVER',
  ];
  console.log(columns.join('  '));
}
process.exitCode = isOver ? 1 : 0;
