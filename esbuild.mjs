// Bundles the entry points: `node esbuild.mjs [--watch] [--tests]`.
// --tests adds the suite that runs in the editor's extension host.
import { context } from 'esbuild';
import { chmod, copyFile, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import manifest from './package.json' with { type: 'json' };
import { bundledPackages, writeNotices } from './scripts/notices.mjs';

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
  metafile: true,
};

/**
 * An ES module, so that each dynamic import is a chunk that loads on first use.
 * @type {import('esbuild').BuildOptions}
 */
const extension = {
  entryPoints: ['src/extension.ts'],
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  chunkNames: 'chunks/[name]-[hash]',
  format: 'esm',
  splitting: true,
  external: ['vscode'],
};

/** @type {import('esbuild').BuildOptions} */
const page = {
  entryPoints: { panel: 'src/webview/panel.ts', 'panel-style': 'media/panel.css' },
  outdir: 'dist',
  platform: 'browser',
  format: 'iife',
  target: 'chrome138',
};

const CHINESE = 'l10n/bundle.l10n.zh-cn.json';

/**
 * The command line is five files that load each other on demand. In each, a module and what it
 * requires of Node run when they are first imported.
 */
const CLI_PARTS = {
  'kimi-quota': 'src/cliStart.ts',
  program: 'src/cli.ts',
  commands: 'src/cli/commandLine.ts',
  mcp: 'src/cli/mcp.ts',
  undici: 'src/cli/undici.ts',
};

/** @type {import('esbuild').Plugin} */
const cliParts = {
  name: 'cliParts',
  setup({ onResolve }) {
    const nameOf = Object.fromEntries(
      Object.entries(CLI_PARTS).map(([name, file]) => [basename(file), `./${name}.cjs`]),
    );
    onResolve({ filter: /^\.\.?\// }, ({ path, kind }) => {
      const part = kind === 'dynamic-import' ? nameOf[basename(path)] : undefined;
      return part === undefined ? undefined : { path: part, external: true };
    });
  },
};

/**
 * Chinese stays a file, in this folder as seen from the bundle.
 * @type {(folder: string) => import('esbuild').Plugin}
 */
const chineseIn = folder => ({
  name: 'chineseIn',
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/bundle\.l10n\.zh-cn\.json$/ }, ({ path }) => ({
      path: `${folder}/${basename(path)}`,
      external: true,
    })),
});

/**
 * Leaves out what a package loads only for callers of another kind.
 * @type {(modules: RegExp, importers: RegExp) => import('esbuild').Plugin}
 */
const leftOut = (modules, importers) => ({
  name: 'leftOut',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: modules }, ({ importer }) =>
      importers.test(importer) ? { path: 'none', namespace: 'none' } : undefined,
    );
    onLoad({ filter: /^none$/, namespace: 'none' }, () => ({ contents: 'module.exports = {};' }));
  },
});

/** Schemas of zod 3, and forms that are validated by code made from strings. */
const partsOfSdk = leftOut(
  /^zod\/v3$|^zod-to-json-schema$|\/ajv-provider\.js$/,
  /[\\/]@modelcontextprotocol[\\/]/,
);

/** @type {import('esbuild').BuildOptions} */
const cli = {
  entryPoints: CLI_PARTS,
  plugins: [
    cliParts,
    chineseIn('.'),
    // Commands that are programs of their own.
    leftOut(/^node:child_process$/, /[\\/]commander[\\/]/),
    partsOfSdk,
  ],
  outdir: 'dist/cli',
  outExtension: { '.js': '.cjs' },
  // `import()` becomes `require`, which starts faster.
  supported: { 'dynamic-import': false },
  // The `main` of jsonc-parser can't be bundled.
  mainFields: ['module', 'main'],
};

/**
 * The MCP server that the editor starts: a program of its own, which is much smaller than the command
 * line, and leaves the chunks of the extension as they are.
 * @type {import('esbuild').BuildOptions}
 */
const mcp = {
  entryPoints: { mcp: 'src/mcpStart.ts' },
  plugins: [
    chineseIn('../l10n'),
    partsOfSdk,
    // What zod compiles schemas with, see src/cli/zodAsIs.ts.
    leftOut(/^\.\/doc\.js$/, /[\\/]zod[\\/]v4[\\/]core[\\/]schemas\.js$/),
  ],
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  format: 'esm',
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

/**
 * The files of packages in all bundles, for the bill of materials of a release.
 * @type {import('esbuild').Metafile}
 */
const metafile = { inputs: {}, outputs: {} };

/**
 * @template T
 * @param {Record<string, T>} inputs @returns {Record<string, T>}
 */
const ofPackages = inputs =>
  Object.fromEntries(Object.entries(inputs).filter(([file]) => file.includes('node_modules/')));

/**
 * Resolves to the files that are in it.
 * @type {(options: import('esbuild').BuildOptions) => Promise<string[]>}
 */
async function build(options) {
  const building = await context({ ...base, ...options });
  const { inputs, outputs } = (await building.rebuild()).metafile ?? metafile;
  if (isWatching) await building.watch();
  else await building.dispose();
  Object.assign(metafile.inputs, ofPackages(inputs));
  for (const [file, { bytes, inputs: parts }] of Object.entries(outputs))
    metafile.outputs[file] = { bytes, imports: [], exports: [], inputs: ofPackages(parts) };
  return Object.values(outputs).flatMap(({ inputs: parts }) =>
    Object.keys(parts).filter(file => parts[file]?.bytesInOutput),
  );
}

// Removes chunks and tests of an earlier build, which must not be packaged or run.
const hasTests = process.argv.includes('--tests');
for (const folder of ['dist/chunks', 'dist/cli', ...(hasTests ? ['dist/test'] : [])])
  await rm(folder, { recursive: true, force: true });
const inEditor = await bundledPackages([
  ...(await build(extension)),
  ...(await build(mcp)),
  ...(await build(page)),
]);
const inCli = await bundledPackages(await build(cli));
await copyFile(CHINESE, `dist/cli/${basename(CHINESE)}`);
await writeNotices('dist/ThirdPartyNotices.txt', inEditor);
await writeNotices('dist/cli/ThirdPartyNotices.txt', inCli);
await writeFile('dist/metafile.json', JSON.stringify(metafile));
await chmod('dist/cli/kimi-quota.cjs', 0o755);
if (hasTests) await build(suite);
