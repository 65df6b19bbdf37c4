import { unwrapError, type ErrorText } from './errorText.ts';

/** The text of a field or of the only value: `details: "…"`, `("…")`. */
const QUOTED = /^\s*(?:\{ details: |\()"((?:[^"\\]|\\.){0,8000})"/s;
/** JSON as Rust's `Debug` shows it: `Object {"message": String("…")}`. */
const MESSAGE = /"message": String\("((?:[^"\\]|\\.){1,4000})"\)/s;
const TYPE = /"type": String\("(?!error")([\w.-]{1,80})"\)/;
/** What Goose puts before the words of an answer. */
const STATUS =
  /^(?:[^\n]{0,200}?\bStatus: |Request failed with status:? |Server error \(|(?:Request failed|Server error): )([45]\d\d)[^:.)]{0,40}[).:]{1,2} ?(?:Response: |Message: )?/;
const LONGEST = 16 * 1024;

/** The status, the type and the words in what Goose logs of an error. */
export function wordsOfRust(raw: string): ErrorText {
  const outer = raw.slice(0, LONGEST);
  const quoted = QUOTED.exec(outer)?.[1];
  const text = quoted === undefined ? outer : unescaped(quoted);
  const found = STATUS.exec(text);
  const message = MESSAGE.exec(text)?.[1];
  const errorType = TYPE.exec(text)?.[1];
  const said: ErrorText =
    message === undefined
      ? unwrapError(text.slice(found?.[0].length ?? 0))
      : { text: unescaped(message), ...(errorType ? { errorType } : {}) };
  return { ...(found ? { status: Number(found[1]) } : {}), ...said };
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

function unescaped(text: string): string {
  return text.replace(/\\(?:u\{([0-9a-f]{1,6})\}|(.))/gs, (_, hex?: string, letter = '') =>
    hex === undefined ? (ESCAPES[letter] ?? letter) : character(Number.parseInt(hex, 16)),
  );
}

const character = (code: number): string => (code <= 0x10ffff ? String.fromCodePoint(code) : '');
