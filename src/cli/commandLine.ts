import { joinSentences } from '../core/base/format.ts';
import { Command as Program, type CommanderError, Option as ProgramOption } from 'commander';
import { baseUrlOf } from '../core/accounts/endpoint.ts';
import type { Locale, Translate } from '../core/base/ports.ts';
import { type Command, type CommandGroup, type Example, UsageError } from './command.ts';
import { COMMANDS } from './commands.ts';
import { displayWidth } from './displayWidth.ts';
import { languageOf, loadLocale } from './language.ts';
import { printText, printWarning } from './output.ts';

declare const __VERSION__: string;

/**
 * Runs the command that `args` name, with this process's environment and streams. Resolves to the
 * exit code.
 */
export async function runCommandLine(args: string[]): Promise<number> {
  try {
    const locale = await loadLocale(languageOf(args, process.env));
    return await runCommand(args, locale);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    printWarning(error.message);
    // An agent takes 2 from its hook as a veto of the step.
    return args[0] === 'hook' ? 1 : 2;
  }
}

/** Ends the parsing after a help text or the version. */
class Done extends Error {}

async function runCommand(args: string[], locale: Locale): Promise<number> {
  let code = 0;
  const program = createProgram(locale.t);
  for (const command of COMMANDS) {
    const sub = createCommand(program, command, locale.t);
    sub.action(async (...parsed: unknown[]) => {
      const [operand, parsedValues] = command.operand === undefined ? [[], parsed[0]] : parsed;
      const values = parsedValues as Readonly<Record<string, never>>;
      const operands = [operand ?? []].flat() as string[];
      code = await command.run(valuesOf(command, values), { locale, operands, commands: COMMANDS });
    });
  }
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof Done)) throw error;
  }
  return code;
}

/** By the names of the table, not in camel case. */
function valuesOf(
  { options }: Command,
  values: Readonly<Record<string, never>>,
): Readonly<Record<string, never>> {
  const known = Object.keys(options).flatMap(name => {
    const value = values[new ProgramOption(`--${name}`).attributeName()];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(known);
}

function createProgram(t: Translate): Program {
  const program = new Program('kimi-quota');
  program
    .description(t('Your Kimi quota, and why requests fail, in a terminal'))
    .usage(t('COMMAND [options]'))
    .version(__VERSION__, '-v, --version', t('print the version'))
    .helpOption('-h, --help', t('print this help'))
    .commandsGroup(groupTitle('setup', t))
    .helpCommand('help [COMMAND]', t('print the help of a command'))
    .addOption(languageOption(t))
    .showSuggestionAfterError()
    .configureOutput({ writeOut: printText, writeErr: () => undefined })
    .configureHelp({ showGlobalOptions: false, displayWidth, styleTitle: titleIn(t) })
    .addHelpText('after', `\n${environmentText(t)}`)
    .exitOverride(error => {
      throw wrongCommand(error, t);
    });
  return program;
}

const languageOption = (t: Translate): ProgramOption =>
  new ProgramOption('--lang <LANGUAGE>', t('en or zh-cn; default: by LC_ALL or LANG'));

function createCommand(program: Program, command: Command, t: Translate): Program {
  const { name, group, options, operand, texts } = command;
  const { summary, details, options: sentences, examples } = texts(t);
  const sub = program
    .command(name)
    .summary(summary)
    .description(details === undefined ? summary : `${summary}.\n${details}`)
    .helpGroup(groupTitle(group, t))
    .helpOption('-h, --help', t('print this help'))
    .addHelpText('after', `\n${examplesText(examples, t)}`)
    .allowExcessArguments(false);
  if (operand !== undefined) sub.argument(operand);
  for (const [long, { kind, short, value = 'VALUE' }] of Object.entries(options)) {
    const flags = `${short ? `-${short}, ` : ''}--${long}`;
    const option = new ProgramOption(kind === 'flag' ? flags : `${flags} <${value}>`);
    option.description = sentences[long] ?? '';
    if (kind === 'values')
      option.argParser((each, all?: readonly string[]) => [...(all ?? []), each]);
    sub.addOption(option);
  }
  sub.addOption(languageOption(t).hideHelp());
  return sub.exitOverride(error => {
    throw wrongOption(error, command, t);
  });
}

function groupTitle(group: CommandGroup, t: Translate): string {
  switch (group) {
    case 'quota':
      return t('Quota:');
    case 'failures':
      return t('Failed requests:');
    case 'agents':
      return t('For agents:');
    case 'setup':
      return t('Setup:');
  }
}

const titleIn =
  (t: Translate) =>
  (title: string): string => {
    if (title === 'Usage:') return t('Usage:');
    if (title === 'Options:') return t('Options:');
    if (title === 'Arguments:') return t('Arguments:');
    return title;
  };

function examplesText(examples: readonly Example[], t: Translate): string {
  const width = Math.max(...examples.map(([call]) => displayWidth(call)));
  const lines = examples.map(
    ([call, what]) => `  ${call}${' '.repeat(width - displayWidth(call))}  ${what}`,
  );
  return [t('Examples:'), ...lines].join('\n');
}

function environmentText(t: Translate): string {
  return [
    t('Environment:'),
    `  KIMI_API_KEY        ${t('the key, sk-kimi-…')}`,
    `  KIMI_CODE_BASE_URL  ${t('another host; default {0}', baseUrlOf('kimi.com'))}`,
    `  HTTPS_PROXY, HTTP_PROXY, NO_PROXY  ${t('the proxy')}`,
    '',
    t('Exit codes:'),
    `  ${t('0 quota left, or done; 1 something is broken; 2 wrong usage; 3 quota used up;')}`,
    `  ${t('4 key rejected; 5 no readable response; 6 rate limited; 70 internal error')}`,
    '',
    t('See kimi-quota COMMAND --help for options and examples.'),
  ].join('\n');
}

/** What commander found wrong: its own name, and the nearest right one. */
function mistakeIn({ message }: CommanderError): { name: string; nearest?: string } {
  const [words = '', suggestion] = message.split('\n(Did you mean ');
  const [nearest] = suggestion?.replace(/^one of /, '').split(/[,?]/) ?? [];
  const name = words.slice(words.indexOf("'") + 1, words.lastIndexOf("'"));
  return { name, ...(nearest === undefined ? {} : { nearest }) };
}

function wrongCommand(error: CommanderError, t: Translate): Error {
  if (error.exitCode === 0) return new Done();
  if (error.code === 'commander.unknownOption') return new UsageError(unknownOption(error, t));
  const { name, nearest } = mistakeIn(error);
  const names = COMMANDS.map(command => command.name).join(t(', '));
  return new UsageError(
    joinSentences(
      [
        ...(name ? [t("{0} isn't a command.", name)] : []),
        ...(nearest ? [t('Did you mean {0}?', nearest)] : []),
        t('The commands are: {0}.', names),
        t('See kimi-quota --help.'),
      ],
      t,
    ),
  );
}

function wrongOption(error: CommanderError, command: Command, t: Translate): Error {
  if (error.exitCode === 0) return new Done();
  const { name } = mistakeIn(error);
  const help = t('See kimi-quota {0} --help.', command.name);
  switch (error.code) {
    case 'commander.unknownOption':
      return new UsageError(
        joinSentences([foreignOption(name, command, t) ?? unknownOption(error, t), help], t),
      );
    case 'commander.excessArguments':
      return new UsageError(
        joinSentences(
          [
            command.operand === undefined
              ? t('{0} takes no file.', command.name)
              : t('{0} takes one file.', command.name),
            help,
          ],
          t,
        ),
      );
    case 'commander.optionMissingArgument':
      return new UsageError(joinSentences([t('{0} needs a value.', name), help], t));
    default:
      return new UsageError(
        joinSentences([t('{0} has a value that is not allowed.', name), help], t),
      );
  }
}

function unknownOption(error: CommanderError, t: Translate): string {
  const { name, nearest } = mistakeIn(error);
  // A value may be a key.
  const unknown = t("Unknown option '{0}'.", name.split('=')[0] ?? '');
  return joinSentences([unknown, nearest ? t('Did you mean {0}?', nearest) : ''], t);
}

/** Names the commands that have the option. */
function foreignOption(flag: string, { name, options }: Command, t: Translate): string | undefined {
  const option = flag.split('=')[0]?.replace(/^--/, '') ?? '';
  const owners = COMMANDS.filter(command => Object.hasOwn(command.options, option));
  if (!flag.startsWith('--') || owners.length === 0) return undefined;
  return t(
    '--{0} is an option of {1}, not of {2}, which takes {3}.',
    option,
    owners.map(owner => owner.name).join(t(', ')),
    name,
    Object.keys(options)
      .map(each => `--${each}`)
      .join(t(', ')) || t('none'),
  );
}
