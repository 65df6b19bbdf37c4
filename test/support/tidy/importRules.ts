import { importsOf, sources, type Source } from './sources.ts';

/** What a top-level folder may import. `src/README.md` has the reasons. */
interface ImportRule {
  readonly folders: readonly string[];
  /** Folders from which only types may be imported. */
  readonly types?: readonly string[];
  readonly modules: RegExp;
}

const IMPORT_RULES: Readonly<Record<string, ImportRule>> = {
  core: { folders: ['core'], modules: /^zod\// },
  node: {
    folders: ['node', 'core'],
    modules: /^(?:node:.*|zod\/.*|smol-toml|js-yaml|json5|snappyjs)$/,
  },
  vscode: { folders: ['vscode', 'core'], modules: /^(?:vscode|zod\/.*)$/ },
  webview: { folders: ['webview'], types: ['core'], modules: /^(?:uplot|zod\/mini)$/ },
  'extension.ts': { folders: ['core', 'node', 'vscode'], modules: /^(?:vscode|node:.*)$/ },
  'cli.ts': { folders: ['cli'], modules: /^$/ },
  'mcpStart.ts': { folders: ['cli'], modules: /^$/ },
  'cliStart.ts': { folders: ['cli', 'cli.ts'], modules: /^node:.*$/ },
  cli: {
    folders: ['cli', 'core', 'node'],
    modules:
      /^(?:undici|commander|diff|jsonc-parser|@modelcontextprotocol\/sdk\/.*|zod(?:\/mini|\/v4\/core)?|node:.*|l10n\/.*\.json)$/,
  },
};

const folderOf = (path: string): string => /^src\/([^/]+)/.exec(path)?.[1] ?? 'outside';

/** `src/core/a.ts imports vscode`: every import that no rule allows. */
export function forbiddenImports(files: readonly Source[] = sources): string[] {
  return files
    .filter(({ path }) => path.startsWith('src/'))
    .flatMap(source => {
      const rule = IMPORT_RULES[folderOf(source.path)];
      return importsOf(source)
        .filter(({ target, isTypeOnly }) => !rule || !isAllowed(rule, target, isTypeOnly))
        .map(({ target }) => `${source.path} imports ${target}`);
    });
}

function isAllowed(rule: ImportRule, target: string, isTypeOnly: boolean): boolean {
  if (!/^(?:src|test|\.\.)\/|\.ts$/.test(target)) return rule.modules.test(target);
  const folder = folderOf(target);
  return rule.folders.includes(folder) || (isTypeOnly && (rule.types ?? []).includes(folder));
}
