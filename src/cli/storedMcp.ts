import { languageOf, loadLocale } from './language.ts';
import { openStore, readMachine } from './machine.ts';
import { serveTools } from './mcpServer.ts';
import { answerUsage, storedRows } from './usageReport.ts';

/**
 * The MCP server of an editor. It knows what the editor's windows have stored, under their settings:
 * it reads no log and no key, and sends nothing. Resolves to the exit code.
 */
export async function serveStoredMcp(args: readonly string[]): Promise<number> {
  const archive = openStore('write');
  await serveTools({
    locale: await loadLocale(languageOf(args, process.env)),
    readState: () => readMachine(archive, Date.now()),
    readUsage: question => answerUsage(question, storedRows(archive)),
  });
  archive.dispose();
  return 0;
}
