import * as z from 'zod/mini';

/** Larger counts are not quotas, such as the int64 maximum of an uncapped plan. */
const LARGEST_COUNT = 1e12;
/** Fixed-point money (millionths of a cent) needs a larger range than a count. */
const LARGEST_MICRO_CENTS = 1e15;
/** No known quota resets less often than once a year. */
const LONGEST_SECONDS = 366 * 24 * 3600;
const LARGEST_RATIO = 1000;
const LONGEST_LABEL = 40;

const digits = (most: number) =>
  z.pipe(
    z.union([z.number(), z.pipe(z.string().check(z.regex(/^\d{1,18}$/)), z.transform(Number))]),
    z.number().check(z.gte(0), z.lte(most)),
  );

/**
 * A count as Kimi sends it: a decimal string or a number. Anything else (empty, null, true, hex,
 * negative, above 10^12) is invalid, where `Number()` would return 0 or 1.
 */
export const Count = digits(LARGEST_COUNT);

/** Money in millionths of a cent (`boosterWallet.balance.amount`, docs/kimi.md 2.5). */
export const MicroCents = digits(LARGEST_MICRO_CENTS);

/** Seconds from now, such as `reset_in`. */
export const Seconds = digits(LONGEST_SECONDS);

/** `used_ratio`: 0 to 1 as number or string; may exceed 1 (docs/kimi.md 2.3). */
export const Ratio = z.pipe(
  z.union([
    z.number(),
    z.pipe(z.string().check(z.regex(/^\d{1,4}(?:\.\d{1,18})?$/)), z.transform(Number)),
  ]),
  z.number().check(z.gte(0), z.lte(LARGEST_RATIO)),
);

/**
 * Text from the endpoint that is shown. Reduced to characters without meaning in Markdown, HTML or
 * a terminal. Invalid when nothing remains or when it contains a key.
 */
export const Label = z.pipe(
  z.pipe(z.string(), z.transform(inertLabel)),
  z.string().check(z.regex(/^(?!.*(?:sk-|c2st|eyJ)[\w-]{8})./)),
);

/** Cuts by characters, not by UTF-16 units, so that no surrogate pair is split. */
export function inertLabel(text: string): string {
  const inert = text.replace(/[^\p{L}\p{N}.,%/()+-]+/gu, ' ').trim();
  return [...inert].slice(0, LONGEST_LABEL).join('').trim();
}

const ISO_TIME =
  /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:[.,](\d{1,3})\d*)?([Zz]|[+-]\d\d:\d\d)$/;
/** Before Kimi Code existed: the year 1 of an unset protobuf time is not a reset. */
const EARLIEST_TIME = Date.UTC(2025, 0, 1);
/** Epoch milliseconds, later than any valid time that Kimi sends or that is stored. */
export const LATEST_TIME = Date.UTC(2100, 0, 1);

/**
 * A time in whole epoch milliseconds: RFC 3339 with 0 to 9 fractional digits and a zone, or an
 * epoch in seconds or milliseconds. A time without a zone is invalid, not local.
 */
export const Time = z.pipe(
  z.pipe(z.union([z.string(), z.number()]), z.transform(parseTime)),
  z.number().check(z.gte(EARLIEST_TIME), z.lte(LATEST_TIME)),
);

function parseTime(value: string | number): number {
  const iso = typeof value === 'string' ? ISO_TIME.exec(value) : null;
  if (iso) return Date.parse(`${iso[1]}T${iso[2]}.${iso[3] ?? '0'}${iso[4]?.toUpperCase()}`);
  const epoch = typeof value === 'number' ? value : /^\d{10,13}$/.test(value) ? Number(value) : NaN;
  return Math.round(epoch < 1e11 ? epoch * 1000 : epoch);
}

/**
 * `undefined` when the field is missing or invalid, so that one bad field doesn't affect the
 * others.
 */
export function lenient<T extends z.ZodMiniType>(schema: T) {
  // Optional on the outside: most fields of most records are missing, which is decided first.
  return z.optional(z.catch(schema, undefined as never));
}

/** No known response nests deeper. */
const DEEPEST = 8;

/**
 * Renames every key from snake_case to camelCase (`used_ratio` to `usedRatio`), since Kimi sends
 * both spellings of the same field (docs/kimi.md 2.3). An existing camelCase key wins.
 */
export function camelCaseKeys(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEEPEST) return undefined;
  if (Array.isArray(value)) return value.map(item => camelCaseKeys(item, depth + 1));
  const entries = Object.entries(value).map(
    ([key, item]) => [camelCase(key), camelCaseKeys(item, depth + 1), key] as const,
  );
  // Later entries of `fromEntries` win, so keys that were not renamed come last.
  entries.sort((a, b) => Number(a[0] === a[2]) - Number(b[0] === b[2]));
  return Object.fromEntries(entries.map(([key, item]) => [key, item]));
}

const camelCase = (key: string): string =>
  key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** The fields that are not undefined, as `exactOptionalPropertyTypes` requires. */
export function omitUndefined<T extends object>(
  fields: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
