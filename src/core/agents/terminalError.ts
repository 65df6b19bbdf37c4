import * as z from 'zod/mini';
import { AGENT_IDS, type AgentId } from './signal.ts';

/** Replaces the session, which a terminal doesn't know. */
export const TERMINAL_SESSION = 'terminal';

/** Below the extension's storage: the file of terminal errors. */
export const TERMINALS_FOLDER = 'terminals';

/** An error in the terminal output of an agent's command: one line of the file. */
export interface TerminalError {
  /** The time it was seen: epoch milliseconds. */
  readonly at: number;
  readonly agent: AgentId;
  readonly status?: number;
  readonly errorType?: string;
  /** The provider's error text, redacted. */
  readonly text: string;
}

/** A line of the file: another version may have written it. */
export const StoredTerminalError = z.object({
  at: z.number(),
  agent: z.enum(AGENT_IDS),
  status: z.exactOptional(z.int().check(z.gte(400), z.lte(599))),
  errorType: z.exactOptional(z.string()),
  text: z.string(),
});
