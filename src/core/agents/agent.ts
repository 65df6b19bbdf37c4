import type { AgentId, Signal } from './signal.ts';

/** A path below `folder`, with the system's separator. */
export function pathBelow({ platform }: Surroundings, folder: string, ...parts: string[]): string {
  const separator = platform === 'win32' ? '\\' : '/';
  return [folder.replace(/(?<![\\/])[\\/]+$/, ''), ...parts].join(separator);
}

/**
 * The folder of an agent: the variable's value, or a folder in the home folder. A relative path in
 * the variable is ignored, since its base is unknown.
 */
export function agentFolder(
  surroundings: Surroundings,
  variable: string,
  standard: string,
): string {
  const { env, home, platform } = surroundings;
  const value = env[variable]?.trim() ?? '';
  const tilde = /^~(?=[\\/]|$)/;
  const path = tilde.test(value) ? value.replace(tilde, () => home) : value;
  const isAbsolute = platform === 'win32' ? /^(?:[A-Za-z]:)?[\\/]/ : /^\//;
  return isAbsolute.test(path) ? path : pathBelow(surroundings, home, standard);
}

/** The first variable that is set, for `agentFolder`; otherwise an empty string. */
export function firstVariable({ env }: Surroundings, ...variables: readonly string[]): string {
  return variables.find(variable => env[variable]?.trim()) ?? '';
}

/**
 * What determines where an agent stores its files. Plain data, so that every system can be tested.
 */
export interface Surroundings {
  readonly home: string;
  readonly tmp: string;
  readonly platform: 'linux' | 'darwin' | 'win32';
  /** The user's id, where the system has one. */
  readonly uid?: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute workspace folders: some agents write their logs there. */
  readonly workspaces?: readonly string[];
  /** The content of the file that `Agent.list` names, as `Agent.list` parsed it. */
  readonly listed?: readonly string[];
  /** `kimiQuota.otherLogs`: more files that the user wants to be read. */
  readonly otherLogs?: readonly string[];
  /** The folder in which the current editor stores the data of its extensions. */
  readonly editorStorage?: string;
  /** Folders that replace an extension's storage, from its settings; absolute. */
  readonly customStorages?: Partial<Record<AgentId, string>>;
  /** The folder with agents' terminal output; absent unless the user turned it on. */
  readonly terminalErrors?: string;
}

/** Where agents store their files, as far as only the editor knows. */
export type EditorPlaces = Pick<
  Surroundings,
  'workspaces' | 'editorStorage' | 'customStorages' | 'terminalErrors'
>;

/** A folder to watch, and the files that matter in it. */
export interface LogSource {
  /** Absolute. It may not exist yet. */
  readonly root: string;
  /** Matches the path below `root`, written with `/` on every system. */
  readonly files: RegExp;
  /** The maximum depth of files below `root`; at most 8. */
  readonly depth: number;
  /** Matches the path below `root` of folders to enter. Default: all. */
  readonly folders?: RegExp;
  /**
   * `append`: lines are added. `rewrite`: the whole file is rewritten. `database`: an SQLite file,
   * of which the rows that `tables` describe are read.
   */
  readonly growth: 'append' | 'rewrite' | 'database';
  /** One of the agent's formats; passed to `createReader`. */
  readonly format: string;
  /** Only for a `database`: those of all versions. A file has at least one of them. */
  readonly tables?: readonly DatabaseTable[];
}

/** Which rows of an SQLite file are records. A database without them has an unknown format. */
export interface DatabaseTable {
  readonly name: string;
  /** The fields of a record: JSON of an object with these columns, texts and numbers only. */
  readonly columns: readonly string[];
  /**
   * The column, one of `columns`, that changes when a row is rewritten. Without it rows are only
   * added.
   */
  readonly version?: string;
  /** A condition in SQL on these columns. */
  readonly where: string;
}

/** A file that is being read. */
export interface LogFile {
  /** Below `LogSource.root`, with `/`. */
  readonly relativePath: string;
  readonly format: string;
}

/** A whole line, a whole JSON object of a rewritten file, or a row of a database as JSON. */
export interface LogRecord {
  /** Without its line end. Invalid UTF-8 is U+FFFD. */
  readonly text: string;
  /** For a row: its `rowid`. */
  readonly byteOffset: number;
  /** False: the record is longer than the limit, and this is the part around an anchor. */
  readonly isWhole: boolean;
}

/**
 * Reads the records of a file in order. May remember earlier ones, within a bound. Returns nothing
 * for an unknown record; never throws, whatever a log contains.
 */
export interface RecordReader {
  /**
   * `writtenBy`: when the file was last changed, epoch milliseconds. The only time of a record
   * without one, and only an upper bound.
   */
  read(record: LogRecord, writtenBy?: number): readonly Signal[];
  /**
   * The reader's memory, as JSON of at most 16 KB, for `createReader` after a restart and after a
   * file was rewritten, whose records are then read again from the first.
   */
  saveMemory(): string | undefined;
}

/** Everything known about one agent, as data and pure functions. */
export interface Agent {
  readonly id: AgentId;
  /** Display name. */
  readonly name: string;
  readonly sources: (surroundings: Surroundings) => readonly LogSource[];
  /** A small file in which the agent lists more folders, and its parser. */
  readonly list?: {
    readonly file: (surroundings: Surroundings) => string;
    /** Absolute folders. Empty when the file cannot be read; never throws. */
    readonly read: (text: string) => readonly string[];
  };
  /**
   * Every record of a failure contains one of these. They are searched as bytes and should begin
   * with a byte that is rare in the agent's files (`_limit`, not `rate_limit`).
   */
  readonly failureAnchors: readonly string[];
  /** The same for records with tokens. Default: its files have none. */
  readonly tokenAnchors?: readonly string[];
  readonly createReader: (file: LogFile, memory?: string) => RecordReader;
}
