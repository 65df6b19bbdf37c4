import { build, type BuildOptions, type Plugin } from 'esbuild';
import { join } from 'node:path';
import { manifest } from './manifest.ts';
import { ROOT } from './sources.ts';

/** What a front door has become: its text, and the files it was made of. */
export interface Bundle {
  readonly text: string;
  readonly inputs: readonly string[];
}

/** What is imported dynamically is a file of its own. */
const lazyFiles: Plugin = {
  name: 'lazy files',
  setup: build =>
    build.onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path, external: true } : undefined,
    ),
};

/** Builds a front door as `esbuild.mjs` does for a release, in memory. */
export async function bundle(entry: 'extension' | 'cli'): Promise<Bundle> {
  const options = {
    absWorkingDir: ROOT,
    entryPoints: [`src/${entry}.ts`],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22.15',
    minify: true,
    legalComments: 'none',
    external: ['vscode'],
    plugins: entry === 'cli' ? [] : [lazyFiles],
    define: { __VERSION__: JSON.stringify(manifest.version) },
    metafile: true,
    write: false,
    outfile: join('dist', `${entry}.js`),
  } as const satisfies BuildOptions;
  const { outputFiles, metafile } = await build(options);
  return { text: outputFiles[0]?.text ?? '', inputs: Object.keys(metafile.inputs) };
}
