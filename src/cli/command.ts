import type { Locale, Translate } from '../core/base/ports.ts';

/** Wrong usage. The message names the mistake and the fix. */
export class UsageError extends Error {}

/** An option: a flag, one value, or a value that may be repeated. */
interface Option {
  readonly kind: 'flag' | 'value' | 'values';
  /** One letter. */
  readonly short?: string;
  /** The value's name in the help, such as `SECONDS`. */
  readonly value?: string;
}

/** The options of a command by their long names. */
export type OptionTable = Readonly<Record<string, Option>>;

interface ValueOf {
  readonly flag: boolean;
  readonly value: string;
  readonly values: readonly string[];
}

/** The values of the options that a call has. */
type Values<O extends OptionTable> = {
  readonly [Name in keyof O]?: ValueOf[O[Name]['kind']];
};

/** What a command gets besides its options. */
interface Call {
  readonly locale: Locale;
  readonly operands: readonly string[];
  /** All commands. */
  readonly commands: readonly Command[];
}

/** A call and what it does, for the help and for `docs/cli.md`. */
export type Example = readonly [call: string, what: string];

/** The sentences of a command's help. */
interface CommandTexts<Name extends string = string> {
  /** One line. */
  readonly summary: string;
  readonly details?: string;
  readonly options: Readonly<Record<Name, string>>;
  readonly examples: readonly Example[];
}

/** Where the help lists a command. */
export type CommandGroup = 'quota' | 'failures' | 'agents' | 'setup';

/**
 * A command. The table is loaded at every start: `run` imports what the command needs. It resolves
 * to the exit code.
 */
export interface Command<O extends OptionTable = OptionTable> {
  readonly name: string;
  readonly group: CommandGroup;
  readonly options: O;
  /** As in the usage line, such as `[FILE]` or `[COMMAND...]`. Default: none. */
  readonly operand?: string;
  texts(t: Translate): CommandTexts<Extract<keyof O, string>>;
  run(values: Values<O>, call: Call): Promise<number>;
}

/** Infers the types of the options' values. */
export const defineCommand = <const O extends OptionTable>(command: Command<O>): Command<O> =>
  command;
