import type { Agent } from './agent.ts';
import { claudeCode } from './claudeCode.ts';
import { kimiCode } from './kimiCode.ts';

/** Every agent whose logs are read. Adding one is a file and a line here. */
export const agents: readonly Agent[] = [kimiCode, claudeCode];
