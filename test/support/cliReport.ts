import assert from 'node:assert/strict';
import * as z from 'zod/mini';
import { runCli, type Run } from './cliProcess.ts';
import { KIMI_CODE_KEY } from './kimiService/keys.ts';
import { startKimiService, type KimiService } from './kimiService/kimiService.ts';
import type { UsagesScenario } from './kimiService/usagesScenario.ts';
import { FIXTURES_AT } from './quotaFixtures.ts';

const percent = z.nullable(z.number().check(z.gte(0), z.lte(100)));
const cents = z.exactOptional(z.number().check(z.gte(0)));

/** The schema of `check --json` (docs/cli.md), field by field. */
const Report = z.strictObject({
  schema: z.literal(1),
  at: z.iso.datetime(),
  origin: z.string().check(z.regex(/^https?:\/\/127\.0\.0\.1:\d+$/)),
  state: z.string(),
  windows: z.array(
    z.strictObject({
      id: z.string(),
      label: z.string().check(z.minLength(1)),
      usedPercent: percent,
      remainingPercent: percent,
      resetsAt: z.nullable(z.iso.datetime()),
      contradiction: z.nullable(z.strictObject({ lowest: percent, highest: percent })),
    }),
  ),
  binding: z.nullable(z.string()),
  parallelLimit: z.nullable(z.int()),
  plan: z.nullable(z.string()),
  extraUsage: z.nullable(
    z.strictObject({
      leftCents: z.number(),
      totalCents: z.number(),
      currency: z.exactOptional(z.string()),
      monthlyCapCents: cents,
      monthlyUsedCents: cents,
    }),
  ),
  balance: z.null(),
  safeToStart: z.strictObject({
    advice: z.enum(['go', 'fewer', 'wait', 'unknown']),
    reason: z.nullable(z.string()),
    agents: z.nullable(z.number()),
    until: z.nullable(z.string()),
    window: z.nullable(z.string()),
  }),
  problems: z.array(z.string()),
  inFlight: z.strictObject({
    total: z.number(),
    byAgent: z.array(z.strictObject({ agent: z.string(), count: z.number() })),
  }),
});
export type Report = z.infer<typeof Report>;

/** The report that a run printed, which has every field and no other. */
export const reportOf = ({ stdout }: Run): Report => Report.parse(JSON.parse(stdout));

/** The key is what no output may ever hold, nor any part that would give it away. */
export function assertNoKey({ stdout, stderr }: Run, key: string): void {
  const secret = key.replace(/^sk-(?:kimi-)?/, '');
  for (const text of [stdout, stderr]) assert.ok(!text.includes(secret), text);
}

/** What `check` made of one answer, and what the service saw. */
export interface Check extends Run {
  readonly service: KimiService;
}

/** Runs `check` against a service of its own, whose clock is at the time of the fixtures. */
export const checkAgainst = (usages: UsagesScenario, ...flags: string[]): Promise<Check> =>
  checkBy(runCli, usages, ...flags);

/** The same by another way to run the command line. */
export async function checkBy(
  run: typeof runCli,
  usages: UsagesScenario,
  ...flags: string[]
): Promise<Check> {
  const service = await startKimiService({ startAt: FIXTURES_AT, behaviour: { usages } });
  try {
    const env = { KIMI_API_KEY: KIMI_CODE_KEY, KIMI_CODE_BASE_URL: service.baseUrl };
    const result = await run(['check', ...flags], env);
    assertNoKey(result, KIMI_CODE_KEY);
    return { ...result, service };
  } finally {
    await service.close();
  }
}
