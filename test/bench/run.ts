// `npm run bench`: every figure with its limit. Exits with 1 when one is over. With names
// of sections only those, and with `--full` the sizes that the limits name: some ten minutes.
import { benchActivation } from './activation.bench.ts';
import { benchArchive } from './archive.bench.ts';
import type { BenchRow } from './benchRow.ts';
import { benchCliStart } from './cliStart.bench.ts';
import { benchClassify } from './classify.bench.ts';
import { benchFloods } from './flood.bench.ts';
import { benchHover } from './hover.bench.ts';
import { benchInline } from './inline.bench.ts';
import { benchLedger } from './ledger.bench.ts';
import { benchPanel } from './panel.bench.ts';
import { benchPoller } from './poller.bench.ts';
import { benchReplay } from './replay.bench.ts';
import { benchRotation } from './rotation.bench.ts';
import { benchScan } from './scan.bench.ts';
import { benchTakeover } from './takeover.bench.ts';
import { benchVerdict } from './verdict.bench.ts';
import { benchWatch } from './watch.bench.ts';

const SECTIONS: Readonly<Record<string, () => Promise<BenchRow[]>>> = {
  activation: benchActivation,
  cli: benchCliStart,
  archive: benchArchive,
  ledger: benchLedger,
  poller: benchPoller,
  floods: benchFloods,
  classify: benchClassify,
  scan: benchScan,
  watch: benchWatch,
  replay: benchReplay,
  rotation: benchRotation,
  takeover: benchTakeover,
  verdict: benchVerdict,
  hover: benchHover,
  inline: benchInline,
  panel: benchPanel,
};

const names = process.argv.slice(2).filter(name => !name.startsWith('--'));
const unknown = names.filter(name => !(name in SECTIONS));
if (unknown.length > 0)
  throw new Error(`There is no ${unknown}, but ${Object.keys(SECTIONS).join(', ')}.`);

for (const [name, bench] of Object.entries(SECTIONS)) {
  if (names.length > 0 && !names.includes(name)) continue;
  for (const row of await bench()) print(row);
}

function print({ name, figure, unit, limit, peers = '' }: BenchRow): void {
  const isHeld = limit === undefined || figure <= limit;
  if (!isHeld) process.exitCode = 1;
  const digits = figure < 10 && !Number.isInteger(figure) ? 2 : 0;
  const columns = [
    name.padEnd(74),
    `${figure.toFixed(digits)} ${unit}`.padStart(14),
    (limit === undefined ? '' : `limit ${limit} ${unit}`).padStart(18),
    (limit === undefined ? '' : isHeld ? 'held' : 'OVER').padEnd(4),
    peers,
  ];
  console.log(columns.join('  ').trimEnd());
}
