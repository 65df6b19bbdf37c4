import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

const notes = `# A folder to look around in

- The status bar shows what is left of the quota. Point at it, or click it.
- Every command begins with "Kimi Quota": press F1 and type it.
- \`agent.log\` holds errors as agents write them. Point at one.
`;

/** Lines as Kimi Code CLI and Claude Code write them, with the wordings people search the web for. */
const log = `2026-11-21T21:43:10.528Z WARN  llm request failed  turnStep=0.2 model=kimi-code/kimi-for-coding errorName=APIProviderRateLimitError errorMessage="429 We're receiving too many requests at the moment. Please wait a moment and try again." statusCode=429
API Error: 429 {"error":{"type":"rate_limit_error","message":"We're receiving too many requests at the moment. Please wait a moment and try again."},"type":"error"}
`;

/** Writes the folder that `npm start` opens, and gives the file to begin with. */
export async function writeDemo(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'README.md'), notes);
  const logPath = path.join(folder, 'agent.log');
  await writeFile(logPath, log);
  return logPath;
}
