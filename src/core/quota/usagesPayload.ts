import * as z from 'zod/mini';
import { Count, Label, lenient, MicroCents, Ratio, Seconds, Time } from '../base/fields.ts';
/** All possible fields of a row: counts, ratios and names. */
const rowFields = {
  used: lenient(Count),
  limit: lenient(Count),
  remaining: lenient(Count),
  usedRatio: lenient(Ratio),
  resetTime: lenient(Time),
  resetAt: lenient(Time),
  resetIn: lenient(Seconds),
  ttl: lenient(Seconds),
  name: lenient(Label),
  title: lenient(Label),
  scope: lenient(Label),
  duration: lenient(Count),
  timeUnit: lenient(z.string()),
};

const Row = z.object(rowFields);

const Span = z.object({ duration: lenient(Count), timeUnit: lenient(z.string()) });

const LimitEntry = z.object({ ...rowFields, detail: lenient(Row), window: lenient(Span) });

/** Most entries read: more than any plan has. */
const MOST_ENTRIES = 64;

const list = <T extends z.ZodMiniType>(item: T) =>
  lenient(
    z.pipe(
      z.pipe(
        z.array(z.unknown()),
        z.transform(items => items.slice(0, MOST_ENTRIES)),
      ),
      z.array(lenient(item)),
    ),
  );

const Money = z.object({ currency: lenient(Label), priceInCents: lenient(MicroCents) });

const Wallet = z.object({
  balance: z.object({
    type: z.enum(['BOOSTER', 'BALANCE_BOOSTER']),
    amount: MicroCents,
    amountLeft: lenient(MicroCents),
  }),
  monthlyChargeLimitEnabled: lenient(z.boolean()),
  monthlyChargeLimit: lenient(Money),
  monthlyUsed: lenient(Money),
});

/**
 * The response of `GET {base}/usages` with keys in camelCase: every field of every known shape
 * (docs/kimi.md 2), each optional, and absent if unreadable.
 */
export const UsagesPayload = z.object({
  usage: lenient(Row),
  limits: list(LimitEntry),
  /** A map of ratios in shapes B and C; in the array form a list of `{scope, detail, limits}`. */
  usages: lenient(
    z.union([
      z.record(z.string(), lenient(Row)),
      list(z.object({ scope: lenient(Label), detail: lenient(Row), limits: list(LimitEntry) })),
    ]),
  ),
  parallel: lenient(z.object({ limit: lenient(Count) })),
  user: lenient(z.object({ membership: lenient(z.object({ level: lenient(z.string()) })) })),
  version: lenient(z.union([z.string(), z.number()])),
  goodsVersion: lenient(z.union([z.string(), z.number()])),
  boosterWallet: lenient(Wallet),
});

export type UsagesPayload = z.infer<typeof UsagesPayload>;

export type UsageRow = z.infer<typeof Row>;

export type LimitEntry = z.infer<typeof LimitEntry>;

export type WalletPayload = z.infer<typeof Wallet>;
