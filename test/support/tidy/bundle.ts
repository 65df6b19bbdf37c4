import { build, type BuildOptions, type Metafile } from 'esbuild';
import { REQUIRE } from '../../../scripts/require.mjs';
import { ROOT } from './files.ts';
import { manifest } from './manifest.ts';

/** The bundle of an entry point: the code that it loads at start, and its source files. */
export interface Bundle {
  readonly text: string;
  readonly inputs: readonly string[];
}

const base = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  target: 'node22.15',
  minify: true,
  legalComments: 'none',
  define: { __VERSION__: JSON.stringify(manifest.version) },
  metafile: true,
  write: false,
  outdir: 'dist',
} as const satisfies BuildOptions;

/**
 * A bundle without the harmless texts that look like code made from strings: zod asks with an empty
 * text whether it may (nothing in the bundle does so), zod and js-yaml name functions in messages.
 */
export const withoutHarmless = (text: string): string =>
  text
    .replace(/let (\w+)=Function;return new \1\(""\)/, '')
    .replace(/"\[object Function\]"|"Function (?:yaml\.|types )/g, '');

/** Builds a program of the command line as `esbuild.mjs` does, in memory and as one file. */
export async function bundleCli(entry = 'src/cli.ts'): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    ...base,
    entryPoints: [entry],
    format: 'esm',
    mainFields: ['module', 'main'],
    banner: { js: REQUIRE },
  });
  return { text: outputFiles[0]?.text ?? '', inputs: Object.keys(metafile.inputs) };
}

/** The same of the extension: `eager` is what a window loads when it starts, `whole` all of it. */
export async function bundleExtension(): Promise<{ eager: Bundle; whole: Bundle }> {
  const { outputFiles, metafile } = await build({
    ...base,
    entryPoints: ['src/extension.ts'],
    external: ['vscode'],
    format: 'esm',
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
  });
  const eager = eagerOutputs(metafile.outputs);
  const of = (names: ReadonlySet<string>): Bundle => ({
    text: outputFiles
      .filter(({ path }) => [...names].some(name => path.replaceAll('\\', '/').endsWith(name)))
      .map(({ text }) => text)
      .join('\n'),
    inputs: [...names].flatMap(name => Object.keys(metafile.outputs[name]?.inputs ?? {})),
  });
  return { eager: of(eager), whole: of(new Set(Object.keys(metafile.outputs))) };
}

/** The entry point, and whatever it imports without waiting for it. */
function eagerOutputs(outputs: Metafile['outputs']): ReadonlySet<string> {
  const [entry = ''] = Object.keys(outputs).filter(
    name => outputs[name]?.entryPoint === 'src/extension.ts',
  );
  const found = new Set([entry]);
  for (const name of found)
    for (const { path, kind, external } of outputs[name]?.imports ?? [])
      if (kind === 'import-statement' && !external) found.add(path);
  return found;
}
