import assert from 'node:assert/strict';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { systemVariables } from './cliProcess.ts';

export type { Client };

/** The official client, connected to a server that Node.js runs, with only these variables. */
export async function connect(
  args: string[],
  env: Readonly<Record<string, string>>,
): Promise<Client> {
  const command = process.execPath;
  const variables = { ...systemVariables(), ...env };
  const client = new Client({ name: 'test', version: '1.0.0' });
  await client.connect(new StdioClientTransport({ command, args, env: variables }));
  return client;
}

/** The data that a tool returns, which is the same as its text. */
export async function call(client: Client, name: string, args: object = {}): Promise<unknown> {
  const { structuredContent, content, isError } = await client.callTool({
    name,
    arguments: { ...args },
  });
  if (isError) return { isError };
  const [first] = content as { type: string; text: string }[];
  assert.deepEqual(JSON.parse(first?.text ?? ''), structuredContent);
  return structuredContent;
}
