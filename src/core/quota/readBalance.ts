import { hostOf, regionOfApi } from '../base/kimiHosts.ts';
import * as z from 'zod/mini';
import { describeShape, type ReadingContext } from './usages.ts';
import { lenient } from '../base/fields.ts';
import type { Malformed, Snapshot } from './snapshot.ts';

/** Amounts may be negative (cash) and have decimals; more than a billion is no balance. */
const Amount = z.pipe(
  z.union([
    z.number(),
    z.pipe(z.string().check(z.regex(/^-?\d{1,9}(?:\.\d{1,8})?$/)), z.transform(Number)),
  ]),
  z.number().check(z.gte(-1e9), z.lte(1e9)),
);

const BalancePayload = z.object({
  data: z.object({
    available_balance: Amount,
    voucher_balance: lenient(Amount),
    cash_balance: lenient(Amount),
  }),
});

/** Parses the response of `GET /v1/users/me/balance` of the open platform (docs/kimi.md 3). Never throws. */
export function readBalance(body: unknown, context: ReadingContext): Snapshot | Malformed {
  const { data: payload } = BalancePayload.safeParse(body);
  if (!payload) {
    const issues = ['the answer has no balance that we know'];
    return { kind: 'malformed', issues, shape: describeShape(body) };
  }
  const {
    available_balance: available,
    voucher_balance: voucher,
    cash_balance: cash,
  } = payload.data;
  const currency = regionOfApi(hostOf(context.origin) ?? '')?.currency;
  const { at, origin, clockSkewMs = 0 } = context;
  return {
    kind: 'snapshot',
    at,
    origin,
    clockSkewMs,
    windows: [],
    balance: {
      available,
      ...(voucher === undefined ? {} : { voucher }),
      ...(cash === undefined ? {} : { cash }),
      ...(currency === undefined ? {} : { currency }),
    },
  };
}
