import { english } from '../core/base/format.ts';
import type { Locale, Translate } from '../core/base/ports.ts';
import { UsageError } from './command.ts';

/** The languages of `--lang`. */
const LANGUAGES = ['en', 'zh-cn'] as const;
type Language = (typeof LANGUAGES)[number];

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The language of a call: `--lang`, otherwise the first of LC_ALL, LC_MESSAGES and LANG that is set,
 * otherwise the system's where no such variable exists (Windows).
 */
export function languageOf(args: readonly string[], environment: Environment): Language {
  const asked = askedLanguage(args);
  if (asked !== undefined) return parseLanguage(asked);
  const { LC_ALL, LC_MESSAGES, LANG } = environment;
  return readLanguage(LC_ALL || LC_MESSAGES || LANG || systemLanguage()) ?? 'en';
}

const systemLanguage = (): string =>
  process.platform === 'win32' ? Intl.DateTimeFormat().resolvedOptions().locale : '';

/** Before the command line is parsed: its own mistakes are reported in that language. */
function askedLanguage(args: readonly string[]): string | undefined {
  const end = args.indexOf('--');
  const own = end < 0 ? args : args.slice(0, end);
  const index = own.findLastIndex(arg => /^--lang(?:=|$)/.test(arg));
  const arg = own[index];
  return arg?.includes('=') ? arg.slice('--lang='.length) : own[index + (arg ? 1 : own.length + 1)];
}

function parseLanguage(text: string): Language {
  const language = readLanguage(text);
  if (language) return language;
  throw new UsageError(`--lang takes ${LANGUAGES.join(' or ')}.`);
}

/** Traditional Chinese is not Simplified Chinese: it gets English, as in the editor. */
function readLanguage(text: string): Language | undefined {
  const [tag = ''] = text.toLowerCase().replaceAll('_', '-').split(/[.@]/);
  if (/^zh(?:-(?:hans|cn|sg)\b.*)?$/.test(tag)) return 'zh-cn';
  return /^en(?:-|$)/.test(tag) ? 'en' : undefined;
}

/** Sentences of the language; dates follow the system's locale in English. */
export async function loadLocale(language: Language): Promise<Locale> {
  return language === 'zh-cn' ? { language: 'zh-CN', t: await loadChinese() } : ENGLISH;
}

const ENGLISH: Locale = {
  t: english,

  /** On demand: the first use of `Intl` takes longer than the rest of a start. */
  get language() {
    const system = Intl.DateTimeFormat().resolvedOptions().locale;
    return /^en\b/.test(system) ? system : 'en';
  },
};

/** A chunk of its own, loaded only for Chinese. */
async function loadChinese(): Promise<Translate> {
  const { default: bundle } = await import('../../l10n/bundle.l10n.zh-cn.json', {
    with: { type: 'json' },
  });
  const sentences: Readonly<Record<string, string>> = bundle;
  return (message, ...args) => english(sentences[message] ?? message, ...args);
}
