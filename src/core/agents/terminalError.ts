import * as z from 'zod/mini';
import { AGENT_IDS, type AgentId } from './signal.ts';

/** What stands for the session of which a terminal knows nothing. */
export const TERMINAL_SESSION = 'terminal';

/** Below the storage of our own extension: where errors of terminals are. */
export const TERMINALS_FOLDER = 'terminals';

/** An error that an agent's command wrote to a terminal, as the file of them keeps it in a line. */
export interface TerminalError {
  /** When it was seen: epoch milliseconds. */
  readonly at: number;
  readonly agent: AgentId;
  readonly status?: number;
  readonly errorType?: string;
  /** The provider's words, redacted. */
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
