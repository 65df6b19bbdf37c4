// `npm run release`: checks everything that a release needs, and creates its files in `release/`: the
// package, its bill of materials and their checksums. Publishes nothing. `-- --draft`: creates the
// files though checks fail.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import manifest from '../package.json' with { type: 'json' };
import { say } from '../test/editor/program.ts';
import { isPlaceholder } from './addresses.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const FOLDER = path.join(ROOT, 'release');
const name = `${manifest.name}-${manifest.version}`;

/** Loaded for the release only: https://www.npmjs.com/package/@cyclonedx/cyclonedx-esbuild */
const BOM_TOOL = '@cyclonedx/cyclonedx-esbuild@1.4.4';

const run = (command: string, ...args: string[]): string =>
  execFileSync(command, args, {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    shell: process.platform === 'win32' && command !== process.execPath,
  });

/** What is missing for a release, in sentences. */
async function problems(): Promise<string[]> {
  const changelog = await readFile(path.join(ROOT, 'CHANGELOG.md'), 'utf8');
  const { version } = manifest;
  const tags = run('git', 'tag', '--points-at', 'HEAD').split('\n');
  const found: [isProblem: boolean, sentence: string][] = [
    [isPlaceholder(manifest), 'package.json: set the owner in repository, homepage, bugs, badges.'],
    [!changelog.includes(`\n## [${version}]`), `CHANGELOG.md has no "## [${version}]".`],
    [run('git', 'status', '--porcelain') !== '', 'There are uncommitted changes.'],
    [!tags.includes(`v${version}`), `The commit has no tag v${version}.`],
  ];
  return found.filter(([isProblem]) => isProblem).map(([, sentence]) => sentence);
}

async function checksum(file: string): Promise<string> {
  const bytes = await readFile(path.join(FOLDER, file));
  return `${createHash('sha256').update(bytes).digest('hex')}  ${file}\n`;
}

async function createFiles(): Promise<void> {
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(FOLDER);
  const vsix = `${name}.vsix`;
  run(process.execPath, 'test/editor/package.ts', path.join(FOLDER, vsix));
  const bom = `${name}.cdx.json`;
  const options = ['--output-reproducible', '--gather-license-texts', '-o', `release/${bom}`];
  run('npx', '--yes', BOM_TOOL, ...options, 'dist/metafile.json');
  await writeFile(path.join(FOLDER, 'SHA256SUMS'), (await checksum(vsix)) + (await checksum(bom)));
  say(`${vsix}, ${bom} and SHA256SUMS are in release/. RELEASING.md has the next steps.`);
}

const found = await problems();
for (const sentence of found) say(sentence);
if (found.length > 0 && !process.argv.includes('--draft')) process.exitCode = 1;
else await createFiles();
