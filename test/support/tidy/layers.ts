import { importsOf, sources, type Source } from './sources.ts';

/**
 * The folders of `src/core` from the bottom up; files next to them come last. A folder imports itself
 * and what is listed before it. `src/README.md` draws the order.
 */
const LAYERS = [
  'base',
  'errors',
  'accounts',
  'agents',
  'quota',
  'incidents',
  'ledger',
  'team',
  'explain',
  'status',
  'diagnosis',
  'notices',
  'panel',
  'ticket',
  'selfCheck',
  'sample',
  '(files of core itself)',
] as const;

const layerOf = (path: string): string | undefined => {
  const [, folder, rest] = /^src\/core\/([^/]+)(\/.+)?$/.exec(path) ?? [];
  return folder && (rest ? folder : '(files of core itself)');
};

/** `src/core/a/x.ts imports src/core/b/y.ts`: every import of a folder above, and of an unlisted one. */
export function upwardImports(files: readonly Source[] = sources): string[] {
  const height = (path: string): number => (LAYERS as readonly string[]).indexOf(layerOf(path)!);
  return files
    .filter(({ path }) => layerOf(path) !== undefined)
    .flatMap(source =>
      importsOf(source)
        .filter(({ target }) => layerOf(target) !== undefined)
        .filter(({ target }) => height(target) < 0 || height(target) > height(source.path))
        .map(({ target }) => `${source.path} imports ${target}`),
    );
}

/** Files that import each other in a circle, types and dynamic imports included: one list a circle. */
export function circles(files: readonly Source[] = sources): string[][] {
  const targets = new Map(
    files
      .filter(({ path }) => path.startsWith('src/'))
      .map(source => [source.path, importsOf(source).map(({ target }) => target)]),
  );
  const found: string[][] = [];
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]): void => {
    const start = way.indexOf(path);
    if (start >= 0) found.push([...way.slice(start), path]);
    if (start >= 0 || done.has(path)) return;
    for (const target of targets.get(path) ?? []) visit(target, [...way, path]);
    done.add(path);
  };
  for (const path of targets.keys()) visit(path, []);
  return found;
}
