import type { Locale } from '../core/base/ports.ts';
import { LiveState } from './liveState.ts';
import { serveTools } from './mcpServer.ts';

/** Runs `kimi-quota mcp`. Resolves to the exit code. */
export async function serveMcp(locale: Locale): Promise<number> {
  const state = new LiveState();
  await serveTools({
    locale,
    readState: freshMs => state.read(freshMs),
    readUsage: async question => (await import('./usage.ts')).usageReport(question),
  });
  state.dispose();
  return 0;
}
