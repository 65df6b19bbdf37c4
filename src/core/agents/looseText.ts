// Each alternative ends where it began to fail at most once: a hostile file costs no more than others.
const COMMENT = String.raw`\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)`;
const STRING = String.raw`"(?:\\[\s\S]|[^"\\])*(?:"|$)|'(?:\\[\s\S]|[^'\\])*(?:'|$)`;
const LAST_COMMA = String.raw`,(?=(?:\s|${COMMENT})*[}\]])`;
const BARE_NAME = String.raw`(?<![\w$])[A-Za-z_$][\w$]*(?![\w$])(?=\s*:)`;
const TOKEN = new RegExp(`${COMMENT}|${STRING}|${LAST_COMMA}|${BARE_NAME}`, 'g');

/**
 * Parses JSON as people write it: with comments, commas at the end, names without quotes and texts
 * in single quotes (JSONC, and what OpenClaw's JSON5 has in life). Throws as `JSON.parse` does.
 */
export function parseLooseJson(text: string): unknown {
  const strict = text.replace(TOKEN, token => {
    if (token[0] === '"') return token;
    if (token[0] === "'") return JSON.stringify(token.slice(1, -1).replace(/\\'/g, "'"));
    return /^[/,]/.test(token) ? '' : `"${token}"`;
  });
  return JSON.parse(strict);
}

/** The variables of a `.env` file. */
export function parseDotenv(text: string): Record<string, string> {
  const line = /^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=[ \t]*("[^"\n]*"|'[^'\n]*'|[^\s#]*)/gm;
  return Object.fromEntries([...text.matchAll(line)].map(([, name, value]) => [name, bare(value)]));
}

/** Configurations have four; deeper is something else. */
const DEEPEST = 12;
/** A longer line is a prompt or a picture. */
const LONGEST_LINE = 4096;

interface Line {
  readonly indent: number;
  readonly text: string;
}

/**
 * Reads tables, lists and texts of YAML in block style: what base URLs stand in. All else, such as
 * `[a, b]` or a text over several lines, becomes a text of its own that nobody looks for.
 */
export function parseBlockYaml(text: string): unknown {
  const lines = text.split(/\r?\n/).flatMap((line): Line[] => {
    const indent = line.search(/\S/);
    const isData =
      indent >= 0 && line.length <= LONGEST_LINE && !/^\s*(?:#|---|\.\.\.|%)/.test(line);
    return isData ? [{ indent, text: line.trim() }] : [];
  });
  return block(lines, 0);
}

function block(lines: readonly Line[], depth: number): unknown {
  const [first] = lines;
  if (!first || depth > DEEPEST) return undefined;
  const parts = partsOf(lines, first.indent);
  if (isItem(first)) return parts.map(part => block(withoutDash(part), depth + 1));
  if (parts.length === 1 && !KEY.test(first.text)) return bare(first.text);
  return Object.fromEntries(
    parts.flatMap(([head, ...rest]) => {
      const [, key, value = ''] = KEY.exec(head?.text ?? '') ?? [];
      if (key === undefined) return [];
      return [[bare(key), value === '' ? block(rest, depth + 1) : bare(value)]];
    }),
  );
}

const KEY = /^("[^"]*"|'[^']*'|[^\s'"#:[\]{}][^:#]*?)\s*:(?:\s+|$)(?:#.*|(.*))$/;
const isItem = ({ text }: Line): boolean => text === '-' || text.startsWith('- ');

/** Each line with this indent, and what belongs to it. A list may stand as far left as its key. */
function partsOf(lines: readonly Line[], indent: number): Line[][] {
  const parts: Line[][] = [];
  const isList = lines[0] !== undefined && isItem(lines[0]);
  for (const line of lines) {
    const isHead = line.indent <= indent && (isList || !isItem(line));
    if (isHead || parts.length === 0) parts.push([line]);
    else parts.at(-1)?.push(line);
  }
  return parts;
}

/** The first line of an item stands behind its dash, where the others are indented to. */
function withoutDash([head, ...rest]: readonly Line[]): Line[] {
  const text = head?.text.replace(/^-\s*/, '') ?? '';
  const indent = (head?.indent ?? 0) + (head?.text.length ?? 0) - text.length;
  return text === '' ? rest : [{ indent, text }, ...rest];
}

/** A value without its quotes and the comment after it. */
function bare(value = ''): string {
  const quoted = /^(["'])(.*?)\1\s*(?:#.*)?$/.exec(value);
  return quoted ? (quoted[2] ?? '') : value.replace(/\s+#.*$/, '').trim();
}
