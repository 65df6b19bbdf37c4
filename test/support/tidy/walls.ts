import { importsOf, sources, type Source } from './sources.ts';

/** What a room may import. `src/README.md` explains the walls. */
interface Wall {
  readonly rooms: readonly string[];
  /** Rooms of which only types may be taken. */
  readonly types?: readonly string[];
  readonly modules: RegExp;
}

const WALLS: Readonly<Record<string, Wall>> = {
  core: { rooms: ['core'], modules: /^zod\// },
  node: {
    rooms: ['node', 'core'],
    modules: /^(?:node:.*|zod\/.*|smol-toml|js-yaml|json5|snappyjs)$/,
  },
  vscode: { rooms: ['vscode', 'core'], modules: /^(?:vscode|zod\/.*)$/ },
  webview: { rooms: ['webview'], types: ['core'], modules: /^(?:uplot|zod\/mini)$/ },
  'extension.ts': { rooms: ['core', 'node', 'vscode'], modules: /^(?:vscode|node:.*)$/ },
  'cli.ts': { rooms: ['cli', 'core'], modules: /^node:.*$/ },
  'cliStart.ts': { rooms: ['cli', 'cli.ts'], modules: /^node:.*$/ },
  cli: {
    rooms: ['cli', 'core', 'node'],
    modules:
      /^(?:undici|commander|diff|jsonc-parser|@modelcontextprotocol\/sdk\/.*|zod(?:\/mini)?|node:.*|l10n\/.*\.json)$/,
  },
};

const roomOf = (path: string): string => /^src\/([^/]+)/.exec(path)?.[1] ?? 'outside';

/** `src/core/a.ts imports vscode`: every import through a wall. A room without a wall has none. */
export function breaches(files: readonly Source[] = sources): string[] {
  return files
    .filter(({ path }) => path.startsWith('src/'))
    .flatMap(source => {
      const wall = WALLS[roomOf(source.path)];
      return importsOf(source)
        .filter(({ target, isTypeOnly }) => !wall || !isAllowed(wall, target, isTypeOnly))
        .map(({ target }) => `${source.path} imports ${target}`);
    });
}

function isAllowed(wall: Wall, target: string, isTypeOnly: boolean): boolean {
  if (!/^(?:src|test|\.\.)\/|\.ts$/.test(target)) return wall.modules.test(target);
  const room = roomOf(target);
  return wall.rooms.includes(room) || (isTypeOnly && (wall.types ?? []).includes(room));
}
