// Bundles the front doors from one base: `node esbuild.mjs [--watch] [--tests]`.
// --tests adds the suite that runs inside the editor's extension host.
import { context } from 'esbuild';
import { chmod, rm } from 'node:fs/promises';
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
 * The search for keys, and its reader of TOML, is a file of its own: few windows ever load it.
 * @type {import('esbuild').Plugin}
 */
const lazyKeySearch = {
  name: 'lazy key search',
  setup: build =>
    build.onResolve({ filter: /\/findKeys\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './findKeys.js', external: true } : undefined,
    ),
};

/** @type {import('esbuild').BuildOptions[]} */
const bundles = [
  {
    entryPoints: ['src/extension.ts'],
    outfile: 'dist/extension.js',
    external: ['vscode'],
    plugins: [lazyKeySearch],
    // The extension host loads what is required, not what is imported.
    supported: { 'dynamic-import': false },
  },
  { entryPoints: ['src/node/findKeys.ts'], outfile: 'dist/findKeys.js' },
  { entryPoints: ['src/cli.ts'], outfile: 'dist/cli.js', banner: { js: '#!/usr/bin/env node' } },
];
/** @type {import('esbuild').BuildOptions} */
const suite = {
  entryPoints: ['test/vscode/suite.ts', 'test/vscode/**/*.test.ts'],
  outdir: 'dist/test',
  outbase: 'test/vscode',
  external: ['vscode', 'mocha'],
  minify: false,
  sourcemap: 'inline',
};

if (process.argv.includes('--tests')) {
  bundles.push(suite);
  // A test that was renamed or deleted must not run on.
  await rm('dist/test', { recursive: true, force: true });
}
for (const bundle of bundles) {
  const build = await context({ ...base, ...bundle });
  await build.rebuild();
  if (isWatching) await build.watch();
  else await build.dispose();
}
await chmod('dist/cli.js', 0o755);
