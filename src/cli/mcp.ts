import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import type { Locale } from '../core/base/ports.ts';
import { LiveState } from './liveState.ts';
import { registerTools } from './mcpTools.ts';

declare const __VERSION__: string;

const INSTRUCTIONS =
  'Kimi (Moonshot AI) quota and failed requests of this machine. Call is_it_safe_to_start before you start several sub-agents, explain_error after a 429, 402 or 403, and wait_until_open instead of retrying in a loop. Numbers are ageMs old; unknown values are absent.';

/** Serves the tools on standard input and output until the input ends. Resolves to the exit code. */
export async function serveMcp(locale: Locale): Promise<number> {
  const server = new McpServer(
    { name: 'kimi-quota', title: 'Kimi Quota', version: __VERSION__ },
    { instructions: INSTRUCTIONS },
  );
  const state = new LiveState();
  registerTools(server, { state, locale });
  const transport = new StdioServerTransport();
  const closed = new Promise<void>(resolve => {
    server.server.onclose = resolve;
    process.stdin.once('end', resolve).once('close', resolve);
    process.once('SIGINT', resolve).once('SIGTERM', resolve);
  });
  await server.connect(transport);
  await closed;
  await server.close();
  process.stdin.destroy();
  state.dispose();
  return 0;
}
