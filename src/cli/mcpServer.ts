import './zodAsIs.ts';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { registerTools, type ToolContext } from './mcpTools.ts';

declare const __VERSION__: string;

const INSTRUCTIONS =
  'Kimi (Moonshot AI) quota and failed requests of this machine. Call is_it_safe_to_start before you start several sub-agents, explain_error after a 429, 402 or 403, and wait_until_open instead of retrying in a loop. Numbers are ageMs old; unknown values are absent.';

/** Instead of the SDK's, which compiles code from strings: only forms are validated with it. */
const jsonSchemaValidator = {
  getValidator(): never {
    throw new Error('no tool asks the user');
  },
};

/** Serves the tools on standard input and output until the input ends. */
export async function serveTools(context: ToolContext): Promise<void> {
  const server = new McpServer(
    { name: 'kimi-quota', title: 'Kimi Quota', version: __VERSION__ },
    { instructions: INSTRUCTIONS, jsonSchemaValidator },
  );
  registerTools(server, context);
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
}
