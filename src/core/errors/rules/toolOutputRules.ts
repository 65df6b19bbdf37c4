import type { Rule } from '../rule.ts';

/** Limits of other services that an agent's tools meet, and that stand in its logs. */
export const TOOL_OUTPUT_RULES: readonly Rule[] = [
  {
    id: 'package-or-code-host',
    product: 'other',
    provider: 'a package or code host',
    words:
      /API rate limit exceeded for (?:user ID|installation|\d)|your (?:unauthenticated )?pull rate limit/,
    category: 'rate_limited_ambiguous',
    confidence: 'high',
    source: 'GitHub, Docker Hub, in output of tools',
    example: 'API rate limit exceeded for user ID 1234. (HTTP 403)',
    counterExample: 'Read on how to avoid an API rate limit.',
  },
  {
    // What a web framework answers. An agent sees it when it tries the user's own program.
    id: 'application-under-test',
    product: 'other',
    provider: 'an application',
    words: /ThrottlerException|\{statuscode:[45]\d\d,message:/,
    category: 'rate_limited_ambiguous',
    confidence: 'medium',
    source: 'NestJS exceptions in output of tools',
    example: '{"statusCode":429,"message":"ThrottlerException: Too Many Requests"}',
    counterExample: 'import { ThrottlerModule } from "@nestjs/throttler";',
  },
];
