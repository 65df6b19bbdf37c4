import type { TokenCounts } from './ledger.ts';

/** No tokens. */
export const ZERO_TOKENS: TokenCounts = { input: 0, cacheRead: 0, cacheWrite: 0, output: 0 };

const combine =
  (of: (a: number, b: number) => number) =>
  (a: TokenCounts, b: TokenCounts): TokenCounts => ({
    input: of(a.input, b.input),
    cacheRead: of(a.cacheRead, b.cacheRead),
    cacheWrite: of(a.cacheWrite, b.cacheWrite),
    output: of(a.output, b.output),
  });

/** Adds tokens by class. */
export const plus = combine((a, b) => a + b);
/** Subtracts tokens by class. */
export const minus = combine((a, b) => a - b);
/** Multiplies tokens by class. */
export const times = (tokens: TokenCounts, factor: number): TokenCounts =>
  combine(a => a * factor)(tokens, ZERO_TOKENS);

/** All tokens of a count. */
export const totalOf = ({ input, cacheRead, cacheWrite, output }: TokenCounts): number =>
  input + cacheRead + cacheWrite + output;
