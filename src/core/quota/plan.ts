import * as z from 'zod/mini';
import { Count, Label, lenient } from '../base/fields.ts';
import type { ExtraUsage, Snapshot } from './snapshot.ts';
import { parseStored, StoredTime, type ValueRows } from '../base/store.ts';
import type { UsagesPayload, WalletPayload } from './usagesPayload.ts';

/** Plan names of goods version 1 (docs/kimi.md 2.2); the plans of September 2026 have others. */
const PLAN_NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    LEVEL_FREE: 'Adagio',
    LEVEL_TRIAL: 'Andante',
    LEVEL_BASIC: 'Moderato',
    LEVEL_INTERMEDIATE: 'Allegretto',
    LEVEL_ADVANCED: 'Allegro',
  }),
);

/** The plan's name, the humanized level if the version has no names, or undefined. */
export function readPlan({ user, version, goodsVersion }: UsagesPayload): string | undefined {
  const level = user?.membership?.level;
  if (level === undefined || !/^LEVEL_[A-Z_]{1,30}$/.test(level)) return undefined;
  if (level === 'LEVEL_UNSPECIFIED') return undefined;
  const isVersion1 = [version, goodsVersion].every(
    value => value === undefined || value === 'GOODS_VERSION_V1' || String(value) === '1',
  );
  return (isVersion1 ? PLAN_NAMES.get(level) : undefined) ?? humanise(level);
}

/** Whether a response has the plan's name, and not only its level. */
export function hasPlanName({ plan }: Pick<Snapshot, 'plan'>): boolean {
  return plan !== undefined && [...PLAN_NAMES.values()].includes(plan);
}

/** `LEVEL_SUPER_PLUS` to "Super plus". */
function humanise(level: string): string {
  const words = level.replace('LEVEL_', '').replaceAll('_', ' ').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Kimi counts the wallet in millionths of a cent (docs/kimi.md 2.5). */
const MICRO = 1e6;

/** The wallet, or undefined if Extra Usage was not bought. A missing `amountLeft` is 0. */
export function readExtraUsage(wallet: WalletPayload | undefined): ExtraUsage | undefined {
  if (!wallet || wallet.balance.amount <= 0) return undefined;
  const { balance, monthlyChargeLimit, monthlyUsed, monthlyChargeLimitEnabled } = wallet;
  const currency = monthlyChargeLimit?.currency ?? monthlyUsed?.currency;
  const capCents = monthlyChargeLimitEnabled ? monthlyChargeLimit?.priceInCents : undefined;
  return {
    leftCents: (balance.amountLeft ?? 0) / MICRO,
    totalCents: balance.amount / MICRO,
    ...(currency === undefined ? {} : { currency }),
    ...(capCents === undefined ? {} : { monthlyCapCents: capCents }),
    ...(capCents === undefined ? {} : { monthlyUsedCents: monthlyUsed?.priceInCents ?? 0 }),
  };
}

/** Whether Extra Usage continues when a quota is used up (help center: "seamlessly"). */
export function hasExtraUsageLeft(extraUsage: ExtraUsage | undefined): boolean {
  if (!extraUsage || extraUsage.leftCents <= 0) return false;
  const { monthlyCapCents, monthlyUsedCents = 0 } = extraUsage;
  return monthlyCapCents === undefined || monthlyUsedCents < monthlyCapCents;
}

/** The limits of an open platform account: the stored part of `GET /v1/users/me` (docs/kimi.md 3). */
export interface AccountLimits {
  /** Parallel requests. */
  readonly concurrency?: number | undefined;
  /** Requests per minute. */
  readonly rpm?: number | undefined;
  /** Tokens per minute. */
  readonly tpm?: number | undefined;
  /** Of what was paid so far. */
  readonly tier?: number | undefined;
}

/**
 * The stored part of `GET {base}/me`, or of `GET /v1/users/me` (docs/kimi.md 3). The rest is personal
 * data.
 */
export interface Plan {
  /** `Vivace`, `Pro`: Kimi's name of the plan. */
  readonly levelName?: string | undefined;
  readonly status?: string | undefined;
  readonly region?: string | undefined;
  readonly goodsVersion?: number | undefined;
  /** The context that the plan allows, by model, in tokens (`GET {base}/models`). */
  readonly contextTokens?: Readonly<Record<string, number>> | undefined;
  /** Open platform only. */
  readonly limits?: AccountLimits | undefined;
}

const Word = lenient(z.string().check(z.regex(/^[A-Z][A-Z0-9_]{0,60}$/)));
const GoodsVersion = lenient(z.int().check(z.gte(0), z.lte(1000)));

const MeAnswer = z.object({
  user_level_name: lenient(Label),
  status: Word,
  region: Word,
  goods_version: GoodsVersion,
});

/** Reads four fields of the `/me` response and drops the rest. Undefined if it names no plan. */
export function parsePlan(body: unknown): Plan | undefined {
  const { data } = MeAnswer.safeParse(body);
  if (!data?.user_level_name) return undefined;
  const { user_level_name: levelName, status, region, goods_version: goodsVersion } = data;
  return { levelName, status, region, goodsVersion };
}

const ContextTokens = z.record(z.string().check(z.regex(/^[\w.-]{1,60}$/)), z.int());

const ModelsAnswer = z.object({
  data: z.array(lenient(z.object({ id: z.string(), context_length: z.int() }))),
});

/** The context lengths of a `/models` response; undefined if it is none. At most 50 models. */
export function parseContextTokens(body: unknown): Plan['contextTokens'] {
  const { data } = ModelsAnswer.safeParse(body);
  const models = (data?.data ?? []).flatMap(model =>
    model ? [[model.id, model.context_length] as const] : [],
  );
  const { data: known } = ContextTokens.safeParse(Object.fromEntries(models.slice(0, 50)));
  return models.length > 0 ? known : undefined;
}

/** Minimum time between plan requests, whatever the outcome: plans rarely change. */
export const PLAN_INTERVAL_MS = 24 * 3_600_000;

const LIMITS = ['concurrency', 'rpm', 'tpm', 'tier'] as const;

const StoredPlan = z.object({
  askedAt: StoredTime,
  plan: lenient(
    z.object({
      levelName: lenient(Label),
      status: Word,
      region: Word,
      goodsVersion: GoodsVersion,
      contextTokens: lenient(ContextTokens),
      limits: lenient(z.record(z.enum(LIMITS), lenient(Count))),
    }),
  ),
});

const keyOf = (source: string): string => `plan ${source}`;

/** The known plan of an account, and the time of the request. */
export interface KnownPlan {
  /** Epoch milliseconds. */
  readonly askedAt: number;
  readonly plan?: Plan | undefined;
}

/** The stored plan. Unreadable data counts as unknown. */
export async function loadPlan(
  archive: Pick<ValueRows, 'get'>,
  source: string,
): Promise<KnownPlan | undefined> {
  return parseStored(StoredPlan, await archive.get(keyOf(source)));
}

/** Undefined deletes it: a new key may belong to another person. */
export async function savePlan(
  archive: ValueRows,
  source: string,
  known: KnownPlan | undefined,
): Promise<void> {
  await archive.set(keyOf(source), known && JSON.stringify(known));
}

/** Whether a plan may be requested at `now`. A future time was stored by a wrong clock. */
export function isPlanDue(known: KnownPlan | undefined, now: number): boolean {
  if (!known) return true;
  const ageMs = now - known.askedAt;
  return ageMs >= PLAN_INTERVAL_MS || ageMs < -PLAN_INTERVAL_MS;
}
