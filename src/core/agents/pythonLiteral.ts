/** Bodies of errors nest three times. */
const DEEPEST = 12;
const LONGEST = 64 * 1024;
const NUMBER = /-?\d{1,18}(?:\.\d{1,18})?(?:e[+-]?\d{1,3})?/y;
const WORD = /True|False|None/y;
const SPACE = /[\s,:]*/y;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };
const WORDS: Readonly<Record<string, unknown>> = { True: true, False: false, None: null };

/**
 * Parses what Python's `repr` writes of a dict: texts in single quotes, or in double ones where
 * they hold an apostrophe. Undefined for anything else, also for what was cut. Linear, never throws.
 */
export function parsePythonDict(text: string): unknown {
  if (text.length > LONGEST || !text.startsWith('{')) return undefined;
  return new PythonLiteral(text).value(0);
}

class PythonLiteral {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Undefined: it cannot be read. */
  value(depth: number): unknown {
    const first = this.#text[this.#at];
    if (depth > DEEPEST) return undefined;
    if (first === '{') return this.#dict(depth);
    if (first === '[' || first === '(') return this.#list(depth, first === '[' ? ']' : ')');
    if (first === "'" || first === '"') return this.#string(first);
    const word = this.#take(WORD);
    if (word !== undefined) return WORDS[word];
    const number = this.#take(NUMBER);
    return number === undefined ? undefined : Number(number);
  }

  #dict(depth: number): unknown {
    const entries: [string, unknown][] = [];
    this.#at++;
    for (this.#take(SPACE); this.#text[this.#at] !== '}'; this.#take(SPACE)) {
      const key = this.value(depth + 1);
      this.#take(SPACE);
      const value = this.value(depth + 1);
      if (key === undefined || value === undefined) return undefined;
      entries.push([String(key), value]);
    }
    this.#at++;
    return Object.fromEntries(entries);
  }

  #list(depth: number, end: string): unknown {
    const items: unknown[] = [];
    this.#at++;
    for (this.#take(SPACE); this.#text[this.#at] !== end; this.#take(SPACE)) {
      const item = this.value(depth + 1);
      if (item === undefined) return undefined;
      items.push(item);
    }
    this.#at++;
    return items;
  }

  #string(quote: string): string | undefined {
    let value = '';
    for (this.#at++; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at]!;
      if (character === quote) return (this.#at++, value);
      value += character === '\\' ? this.#escape() : character;
    }
    return undefined;
  }

  #escape(): string {
    const letter = this.#text[++this.#at] ?? '';
    const digits = { x: 2, u: 4, U: 8 }[letter];
    if (digits === undefined) return ESCAPES[letter] ?? letter;
    const code = Number.parseInt(this.#text.slice(this.#at + 1, this.#at + 1 + digits), 16);
    this.#at += digits;
    return code <= 0x10ffff ? String.fromCodePoint(code) : '';
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }
}
