import * as z from 'zod/mini';
import type { Snapshot } from './snapshot.ts';

/** What an archive keeps of one snapshot: two columns to ask for, and the rest. */
export interface StoredSnapshot {
  readonly at: number;
  readonly origin: string;
  /** The other fields, without `kind`, as JSON. */
  readonly json: string;
}

/** Leaves `kind`, `at` and `origin` out of the JSON: 80 bytes less for each of thousands. */
export function storeSnapshot(snapshot: Snapshot): StoredSnapshot {
  const { kind: _kind, at, origin, ...rest } = snapshot;
  return { at, origin, json: JSON.stringify(rest) };
}

/** Undefined: another version of the extension, or damage, wrote what this one cannot read. */
export function parseStoredSnapshot(row: Record<string, unknown>): Snapshot | undefined {
  const { at, origin, json } = row;
  const parsed = snapshotSchema.safeParse({ ...parseJson(json), kind: 'snapshot', at, origin });
  return parsed.success ? parsed.data : undefined;
}

function parseJson(json: unknown): object | undefined {
  try {
    return Object(JSON.parse(String(json)));
  } catch {
    return undefined;
  }
}

const percent = z.number().check(z.minimum(0), z.maximum(100));

// `Shape` names every field, so that a field that is added to the type and not here does not
// compile: it would be lost on its way through the archive.
type Shape<T> = Record<keyof T, z.core.$ZodType>;

const windowSchema = z.object({
  id: z.string(),
  label: z.exactOptional(z.string()),
  usedPercent: z.exactOptional(percent),
  resetsAt: z.exactOptional(z.number()),
  contradiction: z.exactOptional(
    z.object({ lowestUsedPercent: percent, highestUsedPercent: percent }),
  ),
  codeUsedPercent: z.exactOptional(percent),
} satisfies Shape<Snapshot['windows'][number]>);

const extraUsageSchema = z.object({
  leftCents: z.number(),
  totalCents: z.number(),
  currency: z.exactOptional(z.string()),
  monthlyCapCents: z.exactOptional(z.number()),
  monthlyUsedCents: z.exactOptional(z.number()),
} satisfies Shape<NonNullable<Snapshot['extraUsage']>>);

const balanceSchema = z.object({
  available: z.number(),
  voucher: z.exactOptional(z.number()),
  cash: z.exactOptional(z.number()),
  currency: z.exactOptional(z.string()),
} satisfies Shape<NonNullable<Snapshot['balance']>>);

const snapshotSchema = z.object({
  kind: z.literal('snapshot'),
  at: z.int(),
  origin: z.string(),
  clockSkewMs: z.number(),
  windows: z.array(windowSchema),
  parallelLimit: z.exactOptional(z.number()),
  plan: z.exactOptional(z.string()),
  extraUsage: z.exactOptional(extraUsageSchema),
  balance: z.exactOptional(balanceSchema),
} satisfies Shape<Snapshot>);
