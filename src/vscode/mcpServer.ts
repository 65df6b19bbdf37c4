import { commands, McpStdioServerDefinition, Uri } from 'vscode';
import type { CommandContext } from './commandContext.ts';

declare const __VERSION__: string;

/** Part of `process`. */
type Runtime = Pick<NodeJS.Process, 'execPath' | 'versions'>;

/** Called by an editor that has MCP. */
export async function provideMcpServer(
  context: CommandContext,
): Promise<McpStdioServerDefinition[]> {
  await commands.executeCommand('setContext', 'kimiQuota.hasMcp', true);
  return [mcpServer(context)];
}

/**
 * The MCP server as the editor starts it: with the editor's own Node.js, on this editor's archive, in
 * its language. It reads no key, and inherits none of those that the command line would use.
 */
export function mcpServer(
  { archivePath, extensionUri, locale }: CommandContext,
  { execPath, versions }: Runtime = process,
): McpStdioServerDefinition {
  const program = Uri.joinPath(extensionUri, 'dist', 'mcp.mjs').fsPath;
  const language = locale.language.toLowerCase() === 'zh-cn' ? 'zh-cn' : 'en';
  const env = {
    KIMI_QUOTA_ARCHIVE: archivePath,
    KIMI_API_KEY: null,
    KIMI_CODE_BASE_URL: null,
    MOONSHOT_API_KEY: null,
    MOONSHOT_BASE_URL: null,
    ...(versions['electron'] === undefined ? {} : { ELECTRON_RUN_AS_NODE: '1' }),
  };
  const args = [program, '--lang', language];
  return new McpStdioServerDefinition('Kimi Quota', execPath, args, env, __VERSION__);
}
