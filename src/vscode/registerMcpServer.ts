import { lm, type Disposable } from 'vscode';
import type { CommandContext } from './commandContext.ts';

/** The id of the provider in the manifest. */
const PROVIDER = 'kimiQuota.mcp';

/**
 * Gives the editor's agents the tools that agents in a terminal have (`kimi-quota mcp`). Where MCP is
 * missing or turned off, the language model tool takes their place: see its `when` in the manifest.
 */
export function registerMcpServer(context: CommandContext): Disposable {
  // Not all editors that are based on VS Code have it.
  if (typeof lm.registerMcpServerDefinitionProvider !== 'function') return { dispose() {} };
  return lm.registerMcpServerDefinitionProvider(PROVIDER, {
    provideMcpServerDefinitions: async () =>
      (await import('./mcpServer.ts')).provideMcpServer(context),
  });
}
