import { parseArgs } from 'node:util';
import type { Locale } from '../core/base/ports.ts';
import { type OptionTable, UsageError } from './command.ts';
import { hook } from './commands/hook.ts';
import { languageOf, loadLocale } from './language.ts';

/**
 * Runs `hook`, and `check --line` without a key: agents and status lines start them all the time, so
 * that they load neither the other commands nor the library for command lines. Undefined: any other
 * call, or one with a mistake, which that library explains.
 */
export async function runQuickly([name, ...args]: readonly string[]): Promise<number | undefined> {
  if (name !== 'hook' && (name !== 'check' || hasKey())) return undefined;
  const isHook = name === 'hook';
  const parsed = parse(args, isHook ? hook.options : LINE);
  if (!parsed || parsed.positionals.length !== (isHook ? 1 : 0)) return undefined;
  try {
    const locale = await loadLocale(languageOf(args, process.env));
    if (isHook) return await answer(parsed, locale);
    if (!parsed.values['line']) return undefined;
    return (await import('./storedLine.ts')).printStoredLine(locale);
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

const hasKey = (): boolean => Boolean(process.env.KIMI_API_KEY || process.env.MOONSHOT_API_KEY);

/** Without a key nothing is read again, however old. */
const LINE: OptionTable = { line: { kind: 'flag' }, 'max-age': { kind: 'value' } };

const answer = ({ values, positionals }: Parsed, locale: Locale): Promise<number> =>
  hook.run(values, {
    locale,
    operands: positionals,
    commands: [],
  });

type Parsed = Pick<ReturnType<typeof parseArgs>, 'values' | 'positionals'>;

function parse(args: readonly string[], table: OptionTable): Parsed | undefined {
  const own = Object.entries(table).map(([name, { kind }]) => [
    name,
    { type: kind === 'flag' ? ('boolean' as const) : ('string' as const) },
  ]);
  const options = { ...Object.fromEntries(own), lang: { type: 'string' as const } };
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch {
    return undefined;
  }
}
