// `npm run package [-- FILE]`: builds the extension and packs it, by default to
// kimi-quota-VERSION.vsix in the checkout.
import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { createVSIX } from '@vscode/vsce';
import manifest from '../../package.json' with { type: 'json' };
import { root } from './paths.ts';
import { PlainError, runProgram, say } from './progress.ts';
import { runCommand } from './runCommand.ts';

async function packageExtension(): Promise<number> {
  const file = path.resolve(root, process.argv[2] ?? `${manifest.name}-${manifest.version}.vsix`);
  if ((await runCommand([process.execPath, 'esbuild.mjs'])) !== 0)
    throw new PlainError('the build failed; the lines above say why.');
  await mkdir(path.dirname(file), { recursive: true });
  // Everything is bundled, and the call, unlike the command line, looks for no newer vsce.
  await createVSIX({
    cwd: root,
    packagePath: file,
    dependencies: false,
    allowMissingRepository: true,
    // Without a known repository there is no address that its links could be made to lead to.
    rewriteRelativeLinks: false,
  });
  const { size } = await stat(file);
  say(`${path.relative(process.cwd(), file)} (${Math.ceil(size / 1024)} KiB)`);
  return 0;
}

await runProgram(packageExtension);
