// The MCP server that the editor starts (src/vscode/mcpServer.ts): `mcp.mjs --lang LANGUAGE`.
import { runProgram } from './cli/program.ts';
import { serveStoredMcp } from './cli/storedMcp.ts';

runProgram(serveStoredMcp);
