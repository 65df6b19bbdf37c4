// `npm run house`: how large the code is, how it hangs together, and through how many files the
// journeys of a reader run. Figures, not limits: what must hold is in test/tidy.test.ts.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { filesBelow, readText } from '../support/tidy/files.ts';
import { circles, upwardImports } from '../support/tidy/layers.ts';
import { importsOf, sources } from '../support/tidy/sources.ts';

const SETTING = 'statusBar.density';

interface Journey {
  readonly title: string;
  readonly files: readonly string[];
}

async function walk(name: string, title: string): Promise<Journey> {
  const program = path.join(import.meta.dirname, 'journeys.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [program, name]);
  return { title, files: JSON.parse(stdout) as string[] };
}

/** Where a setting is written down by hand; what is generated does not count. */
const placesOfSetting = (): string[] =>
  [...filesBelow('src'), 'package.json', ...filesBelow('docs'), 'README.md'].filter(file =>
    readText(file).includes(SETTING),
  );

function size(): void {
  const folders = new Map<string, { files: number; lines: number }>();
  for (const { path: file } of sources.filter(source => source.path.startsWith('src/'))) {
    const folder = /^src\/(core\/[^/]+(?=\/)|[^/.]+)/.exec(file)?.[1] ?? 'entry points';
    const lines = readText(file)
      .split('\n')
      .filter(line => line.trim() !== '').length;
    for (const name of [folder, 'all of src']) {
      const sum = folders.get(name) ?? { files: 0, lines: 0 };
      folders.set(name, { files: sum.files + 1, lines: sum.lines + lines });
    }
  }
  console.log('Size: files, non-blank lines');
  for (const [folder, { files, lines }] of [...folders].toSorted())
    console.log(`  ${folder.padEnd(18)} ${String(files).padStart(4)} ${String(lines).padStart(7)}`);
}

function structure(): void {
  const importers = new Map<string, Set<string>>();
  for (const source of sources.filter(({ path: file }) => file.startsWith('src/')))
    for (const { target } of importsOf(source))
      if (target.startsWith('src/'))
        importers.set(target, (importers.get(target) ?? new Set()).add(source.path));
  const byUse = [...importers].toSorted(([, a], [, b]) => b.size - a.size);
  console.log(`\nCircles among files: ${circles().length}`);
  console.log(`Imports of a folder above: ${upwardImports().length}`);
  console.log(`Files with one importer: ${byUse.filter(([, by]) => by.size === 1).length}`);
  console.log('Most imported:');
  for (const [file, by] of byUse.slice(0, 10))
    console.log(`  ${String(by.size).padStart(4)} ${file}`);
}

async function journeys(): Promise<void> {
  const all = [
    await walk('logLine', 'a failed request in a log, to the status bar'),
    await walk('usagesAnswer', "Kimi's answer, to the tooltip"),
    await walk('typedKey', 'a typed key, to the header of a request'),
    await walk('panelClick', 'a click on an incident, to the answer of the page'),
    { title: 'a new setting: places to write it', files: placesOfSetting() },
  ];
  console.log('\nJourneys: files that run');
  for (const { title, files } of all) {
    console.log(`  ${String(files.length).padStart(4)} ${title}`);
    if (process.argv.includes('--files')) for (const file of files) console.log(`         ${file}`);
  }
}

size();
structure();
await journeys();
