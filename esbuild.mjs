// Bundles the front doors from one base: `node esbuild.mjs [--watch] [--tests]`.
// --tests adds the suite that runs inside the editor's extension host.
import { context } from 'esbuild';
import { chmod, rm } from 'node:fs/promises';
import { basename } from 'node:path';
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
 * What most windows never need is a file of its own: the search for keys with its reader of TOML,
 * what asks for keys, the readers of agents' logs and of stored incidents, and what knows the words
 * of refusals.
 */
const lazy = [
  'core/incidents/storedIncident',
  'core/quota/forbiddenReason',
  'node/agentLogs',
  'node/findKeys',
  'vscode/keyCommands',
];
const lazyNames = lazy.map(name => basename(name));

/** @type {import('esbuild').Plugin} */
const lazyFiles = {
  name: 'lazy files',
  setup: build =>
    build.onResolve(
      { filter: new RegExp(`/(?:${lazyNames.join('|')})\\.ts$`) },
      ({ kind, path }) =>
        kind === 'dynamic-import'
          ? { path: `./${basename(path, '.ts')}.js`, external: true }
          : undefined,
    ),
};

/** @type {import('esbuild').BuildOptions[]} */
const bundles = [
  {
    entryPoints: ['src/extension.ts'],
    outfile: 'dist/extension.js',
    external: ['vscode'],
    plugins: [lazyFiles],
    // The extension host loads what is required, not what is imported.
    supported: { 'dynamic-import': false },
  },
  ...lazy.map(name => ({
    entryPoints: [`src/${name}.ts`],
    outfile: `dist/${basename(name)}.js`,
    external: ['vscode'],
    plugins: [lazyFiles],
    supported: { 'dynamic-import': false },
  })),
  {
    entryPoints: { panel: 'src/webview/panel.ts', 'panel-style': 'media/panel.css' },
    outdir: 'dist',
    entryNames: '[name]',
    platform: 'browser',
    format: 'iife',
    target: 'chrome138',
  },
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
