import * as z from 'zod/mini';
import { CHECKS } from '../../src/core/selfCheck/facts.ts';

/** The schema of `kimi-quota doctor --json` (docs/cli.md), field by field. */
export const DoctorReport = z.strictObject({
  schema: z.literal(1),
  at: z.iso.datetime(),
  state: z.enum(['ok', 'attention', 'broken']),
  rows: z.array(
    z.strictObject({
      check: z.enum(CHECKS),
      account: z.nullable(z.enum(['kimiCode', 'moonshot.ai', 'moonshot.cn'])),
      state: z.enum(['ok', 'attention', 'broken', 'unknown', 'notTried']),
      finding: z.string(),
      means: z.string().check(z.minLength(1)),
      toDo: z.nullable(z.string().check(z.minLength(1))),
    }),
  ),
});
