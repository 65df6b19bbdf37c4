// `npm run package [-- FILE]`: builds the extension and packs it, by default to
// kimi-quota-VERSION.vsix in the checkout. The same sources give the same bytes.
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createVSIX, listFiles, PackageManager } from '@vscode/vsce';
import manifest from '../../package.json' with { type: 'json' };
import { isPlaceholder } from '../../scripts/addresses.ts';
import { root } from './paths.ts';
import { PlainError, runCommand, runProgram, say } from './program.ts';

/** What `vsce` gives every file of the package instead of the time and zone of the build. */
const EPOCH_S = Date.UTC(2000, 0, 1) / 1000;

/** Parts of the manifest that only matter in the checkout. */
const { bin: _, scripts, devDependencies, allowScripts, private: __, ...whole } = manifest;

/** The addresses are not set yet: a package without them is better than one with wrong ones. */
const hasNoAddress = isPlaceholder(manifest);
const { repository, homepage, bugs, badges, ...withoutAddresses } = whole;
const published = hasNoAddress ? withoutAddresses : whole;

/** Pictures are not in the package: without an address, each would be a broken one. */
const withoutPictures = (text: string): string => text.replaceAll(/^!\[[^\]]*\]\(.*\)\n\n?/gm, '');

/** Copies the files of the package, without their local modes. */
async function stage(folder: string): Promise<void> {
  for (const file of await listFiles({ cwd: root, packageManager: PackageManager.None })) {
    const copy = path.join(folder, file);
    await mkdir(path.dirname(copy), { recursive: true });
    if (file === 'package.json') await writeFile(copy, JSON.stringify(published));
    else if (file === 'README.md' && hasNoAddress)
      await writeFile(copy, withoutPictures(await readFile(path.join(root, file), 'utf8')));
    else await copyFile(path.join(root, file), copy);
    await chmod(copy, 0o644);
  }
}

async function packageExtension(): Promise<number> {
  const file = path.resolve(root, process.argv[2] ?? `${manifest.name}-${manifest.version}.vsix`);
  if ((await runCommand([process.execPath, 'esbuild.mjs'])) !== 0)
    throw new PlainError('the build failed; the lines above say why.');
  await mkdir(path.dirname(file), { recursive: true });
  Object.assign(process.env, { SOURCE_DATE_EPOCH: String(EPOCH_S), TZ: 'UTC' });
  const folder = await mkdtemp(path.join(os.tmpdir(), 'kimi-quota-package-'));
  try {
    await stage(folder);
    // Everything is bundled, and the call, unlike the command line, looks for no newer vsce.
    await createVSIX({
      cwd: folder,
      packagePath: file,
      ignoreFile: path.join(root, '.vscodeignore'),
      dependencies: false,
      allowMissingRepository: hasNoAddress,
      // Without a repository there is no address that its links could be made to lead to.
      rewriteRelativeLinks: !hasNoAddress,
    });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
  const { size } = await stat(file);
  say(`${path.relative(process.cwd(), file)} (${Math.ceil(size / 1024)} KiB)`);
  return 0;
}

await runProgram(packageExtension);
