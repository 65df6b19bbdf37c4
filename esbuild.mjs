// Bundles the front doors from one base: `node esbuild.mjs [--watch] [--tests]`.
// --tests adds the suite that runs inside the editor's extension host.
import { context, transform } from 'esbuild';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import ts from 'typescript';
import manifest from './package.json' with { type: 'json' };

const isWatching = process.argv.includes('--watch');
const CHUNKS = 'dist/chunks';

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
 * What of a rule is for people who read or test it: no program looks at it, and it is a third of the
 * rules.
 */
const FOR_READERS = new Set(['source', 'example', 'counterExample', 'firstSeen']);

/** @type {import('esbuild').Plugin} */
const bareRules = {
  name: 'bare rules',
  setup: build =>
    build.onLoad({ filter: /[\\/]errors[\\/]rules[\\/]\w+\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext);
      /** @type {[number, number][]} */
      const cuts = [];
      /** @param {ts.Node} node */
      const look = node => {
        if (ts.isPropertyAssignment(node) && FOR_READERS.has(node.name.getText(tree)))
          cuts.push([node.getStart(tree), node.end]);
        else ts.forEachChild(node, look);
      };
      look(tree);
      // Two commas in a row are no object: a name that is nothing keeps each place.
      const contents = cuts.reduceRight(
        (left, [from, to]) => `${left.slice(0, from)}...{}${left.slice(to)}`,
        text,
      );
      return { contents, loader: 'ts' };
    }),
};

/**
 * Only our own files ask for these exports: the mark that tells modules from CommonJS, and what makes
 * it, would be a twentieth of the package.
 * @param {string} text @returns {Promise<string>}
 */
async function turnedAround(text) {
  const options = /** @type {const} */ ({
    format: 'cjs',
    platform: 'neutral',
    target: 'node22.15',
    sourcemap: isWatching ? 'inline' : false,
  });
  const { code } = await transform(text, { ...options, supported: { 'dynamic-import': false } });
  const bare = code.replace(/^module\.exports = __toCommonJS\((\w+)\)/m, 'module.exports = $1');
  return (await transform(bare, { ...options, minify: !isWatching, treeShaking: true })).code;
}

/**
 * The extension host loads CommonJS, and esbuild splits only modules: each file is turned around
 * after the splitting. Chunks of before that are none any more must not be packaged.
 * @type {import('esbuild').Plugin}
 */
const asCommonJs = {
  name: 'as CommonJS',
  setup: build =>
    build.onEnd(async ({ outputFiles = [] }) => {
      await mkdir(CHUNKS, { recursive: true });
      for (const { path, text } of outputFiles) await writeFile(path, await turnedAround(text));
      const made = outputFiles.map(({ path }) => basename(path));
      for (const name of await readdir(CHUNKS))
        if (!made.includes(name)) await rm(join(CHUNKS, name));
    }),
};

/**
 * What is imported dynamically is a chunk of its own, since most windows never need it; what several
 * files need is in chunks that they share.
 * @type {import('esbuild').BuildOptions}
 */
const extension = {
  entryPoints: ['src/extension.ts'],
  outdir: 'dist',
  chunkNames: 'chunks/[name]-[hash]',
  format: 'esm',
  splitting: true,
  write: false,
  sourcemap: isWatching ? 'inline' : false,
  external: ['vscode'],
  plugins: [bareRules, asCommonJs],
};

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

await build(extension);
await build(page);
await build(cli);
await chmod('dist/cli/kimi-quota.js', 0o755);
if (process.argv.includes('--tests')) {
  // A test that was renamed or deleted must not run on.
  await rm('dist/test', { recursive: true, force: true });
  await build(suite);
}
