const DEEPEST = 3;
const MOST_KEYS = 40;

/**
 * The names and types of an answer's fields, without a value of it: what a user may safely send
 * when Kimi has changed its endpoint. `{"a":[{"b":"1"}]}` becomes `{a:[{b:string}]}`.
 */
export function describeShape(value: unknown, depth = 0): string {
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value;
  if (depth >= DEEPEST) return Array.isArray(value) ? '[…]' : '{…}';
  if (Array.isArray(value)) {
    return value.length === 0 ? '[]' : `[${describeShape(value[0], depth + 1)}]`;
  }
  const entries = Object.entries(value);
  const fields = entries
    .slice(0, MOST_KEYS)
    .map(([key, item]) => `${plainKey(key)}:${describeShape(item, depth + 1)}`);
  return `{${fields.join(',')}${entries.length > MOST_KEYS ? ',…' : ''}}`;
}

/** A key that does not look like a field name may itself be somebody's data. */
const plainKey = (key: string): string => (/^[A-Za-z_][A-Za-z0-9_]{0,31}$/.test(key) ? key : '?');
