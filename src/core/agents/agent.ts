import type { AgentId, Signal } from './signal.ts';

/** A path below `folder`, with the separator of the system. */
export function pathBelow({ platform }: Surroundings, folder: string, ...parts: string[]): string {
  const separator = platform === 'win32' ? '\\' : '/';
  return [folder.replace(/(?<![\\/])[\\/]+$/, ''), ...parts].join(separator);
}

/**
 * The folder of an agent: what the variable says, or a folder in the home. A relative path in a
 * variable is relative to a folder that we do not know, so it is not followed.
 */
export function agentFolder(
  surroundings: Surroundings,
  variable: string,
  standard: string,
): string {
  const { env, home, platform } = surroundings;
  const said = env[variable]?.trim() ?? '';
  const tilde = /^~(?=[\\/]|$)/;
  const path = tilde.test(said) ? said.replace(tilde, () => home) : said;
  const isAbsolute = platform === 'win32' ? /^(?:[A-Za-z]:)?[\\/]/ : /^\//;
  return isAbsolute.test(path) ? path : pathBelow(surroundings, home, standard);
}

/** The first of the variables that is set, for `agentFolder`; none: ``. */
export function firstVariable({ env }: Surroundings, ...variables: readonly string[]): string {
  return variables.find(variable => env[variable]?.trim()) ?? '';
}

/** What decides where an agent keeps its files. Plain data, so that each system can be tested. */
export interface Surroundings {
  readonly home: string;
  readonly tmp: string;
  readonly platform: 'linux' | 'darwin' | 'win32';
  /** The number of the user, where the system has one. */
  readonly uid?: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute folders that are worked in: some agents keep their logs there. */
  readonly workspaces?: readonly string[];
  /** What is in the file that `Agent.list` names, as `Agent.list` reads it. */
  readonly listed?: readonly string[];
  /** `kimiQuota.otherLogs`: what the user wants to be read besides. */
  readonly otherLogs?: readonly string[];
  /** The folder in which the editor that we run in keeps what its extensions store. */
  readonly editorStorage?: string;
  /** Folders that replace an extension's own in it, as its settings say; absolute. */
  readonly customStorages?: Partial<Record<AgentId, string>>;
  /** The folder of what agents wrote to terminals; absent unless the user wants it to be read. */
  readonly terminalErrors?: string;
}

/** What only the editor knows of where agents keep their files. */
export type EditorPlaces = Pick<
  Surroundings,
  'workspaces' | 'editorStorage' | 'customStorages' | 'terminalErrors'
>;

/** A folder to watch and the files in it that matter. */
export interface LogSource {
  /** Absolute. It may not exist yet. */
  readonly root: string;
  /** Matches the path below `root`, written with `/` on every system. */
  readonly files: RegExp;
  /** How many folders below `root` files may lie; at most 8. */
  readonly depth: number;
  /** Matches the path below `root` of folders that are looked into. Default: all. */
  readonly folders?: RegExp;
  /**
   * `append`: lines are added. `rewrite`: the whole file is written anew. `database`: an SQLite
   * file, of which rows are read that `table` describes.
   */
  readonly growth: 'append' | 'rewrite' | 'database';
  /** Which of the agent's formats; given back to `createReader`. */
  readonly format: string;
  /** For a `database`, and only there. */
  readonly table?: DatabaseTable;
}

/** Which rows of an SQLite file are records. A database without them is one that we do not know. */
export interface DatabaseTable {
  readonly name: string;
  /** What a record has: JSON of an object with these columns, texts and numbers only. */
  readonly columns: readonly string[];
  /**
   * The column, one of `columns`, that is another one whenever a row was written anew. Without it
   * rows are only added.
   */
  readonly version?: string;
  /** A condition in SQL on these columns. */
  readonly where: string;
}

/** One file that is being read. */
export interface LogFile {
  /** Below `LogSource.root`, with `/`. */
  readonly relativePath: string;
  readonly format: string;
}

/** A whole line, a whole JSON object of a rewritten file, or a row of a database as JSON. */
export interface LogRecord {
  /** Without its line end. Invalid UTF-8 stands as U+FFFD. */
  readonly text: string;
  /** Of a row: its `rowid`. */
  readonly byteOffset: number;
  /** False: the record is longer than the limit, and this is the part around an anchor. */
  readonly isWhole: boolean;
}

/**
 * Reads the records of one file in their order. May remember earlier ones, within a bound. Reads a
 * record that it does not know as nothing; never throws for what a log holds.
 */
export interface RecordReader {
  /**
   * `writtenBy`: when the file was last changed, epoch milliseconds. It is the only time of a record
   * that tells none; a reader for which it matters must do without it.
   */
  read(record: LogRecord, writtenBy?: number): readonly Signal[];
  /**
   * What it remembers, as JSON of at most 16 KB, for `createReader` after a restart, and when a
   * file was rewritten: then its records come again from the first.
   */
  saveMemory(): string | undefined;
}

/** Everything that is known of one agent, as data and pure functions. */
export interface Agent {
  readonly id: AgentId;
  /** As people call it. */
  readonly name: string;
  readonly sources: (surroundings: Surroundings) => readonly LogSource[];
  /** A small file in which the agent lists more of its places, and how they are read from it. */
  readonly list?: {
    readonly file: (surroundings: Surroundings) => string;
    /** Absolute folders. Nothing for what cannot be read; never throws. */
    readonly read: (text: string) => readonly string[];
  };
  /**
   * One of these stands in every record that may tell of a failure. They are searched as bytes and
   * should begin with a byte that is rare in the agent's files (`_limit`, not `rate_limit`).
   */
  readonly failureAnchors: readonly string[];
  readonly createReader: (file: LogFile, memory?: string) => RecordReader;
}
