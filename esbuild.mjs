// Bundles the front doors from one base: `node esbuild.mjs [--watch] [--tests]`.
// --tests adds the suite that runs inside the editor's extension host.
import { context } from 'esbuild';
import { chmod, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import manifest from './package.json' with { type: 'json' };

const isWatching = process.argv.includes('--watch');

/** @type {import('esbuild').BuildOptions} */
const base = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node22.15',
  minify: !isWatching,
  sourcemap: isWatching ? 'linked' : false,
  legalComments: 'none',
  define: { __VERSION__: JSON.stringify(manifest.version) },
  logLevel: 'warning',
};

/**
 * What is imported dynamically is a file of its own: most windows never need it.
 * @type {Set<string>}
 */
const lazy = new Set();

/** @type {import('esbuild').Plugin} */
const lazyFiles = {
  name: 'lazy files',
  setup: build =>
    build.onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ kind, path, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined;
      lazy.add(join(resolveDir, path));
      return { path: `./${basename(path, '.ts')}.js`, external: true };
    }),
};

/** @type {(entryPoint: string) => import('esbuild').BuildOptions} */
const hosted = entryPoint => ({
  entryPoints: [entryPoint],
  outdir: 'dist',
  external: ['vscode'],
  plugins: [lazyFiles],
  // The extension host loads what is required, not what is imported.
  supported: { 'dynamic-import': false },
});

/** @type {import('esbuild').BuildOptions} */
const page = {
  entryPoints: { panel: 'src/webview/panel.ts', 'panel-style': 'media/panel.css' },
  outdir: 'dist',
  platform: 'browser',
  format: 'iife',
  target: 'chrome138',
};

/** @type {import('esbuild').BuildOptions} */
const cli = {
  entryPoints: ['src/cli.ts'],
  outfile: 'dist/cli/kimi-quota.js',
  banner: { js: '#!/usr/bin/env node' },
};

/** @type {import('esbuild').BuildOptions} */
const suite = {
  entryPoints: ['test/vscode/suite.ts', 'test/vscode/**/*.test.ts'],
  outdir: 'dist/test',
  outbase: 'test/vscode',
  external: ['vscode', 'mocha'],
  minify: false,
  sourcemap: 'inline',
};

/** @type {(options: import('esbuild').BuildOptions) => Promise<void>} */
async function build(options) {
  const building = await context({ ...base, ...options });
  await building.rebuild();
  if (isWatching) await building.watch();
  else await building.dispose();
}

await build(hosted('src/extension.ts'));
// The set grows while it is gone through: a lazy file may have lazy files.
for (const entryPoint of lazy) await build(hosted(entryPoint));
await build(page);
await build(cli);
await chmod('dist/cli/kimi-quota.js', 0o755);
if (process.argv.includes('--tests')) {
  // A test that was renamed or deleted must not run on.
  await rm('dist/test', { recursive: true, force: true });
  await build(suite);
}

// Nor must a lazy file that is none any more be packaged.
const made = ['extension', 'panel', ...[...lazy].map(path => basename(path, '.ts'))];
for (const name of await readdir('dist'))
  if (name.endsWith('.js') && !made.includes(basename(name, '.js'))) await rm(join('dist', name));
