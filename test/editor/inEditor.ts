// Runs dist/test/suite.js in the extension host of one VS Code: `inEditor.ts oldest|newest`.
// VSCODE_EXECUTABLE names a desktop VS Code to use; else one is downloaded; where that cannot be
// done, the server build takes its place.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { runTests, TestRunFailedError } from '@vscode/test-electron';
import { startKimiService } from '../support/kimiService/kimiService.ts';
import { findDesktop } from './desktop.ts';
import { root } from './paths.ts';
import { runProgram, say } from './progress.ts';
import { ensureServerBuild, type EditorVersion, vscodeVersion } from './serverBuild.ts';

async function chooseEditor(version: EditorVersion): Promise<string> {
  const chosen = process.env['VSCODE_EXECUTABLE'] ?? (await findDesktop(version));
  if (chosen) return chosen;
  // Now, as the stand-in would install it in silence from the view of a waiting terminal.
  await ensureServerBuild(version);
  say(`running in the server build of VS Code ${vscodeVersion(version)}`);
  return path.join(import.meta.dirname, 'code');
}

/** Of the signals that end us, runTests hands only SIGINT on; a second one would be brutal. */
function handSignalsOn(): void {
  let isEnding = false;
  process.on('SIGINT', () => (isEnding = true));
  process.on('SIGTERM', () => isEnding || process.emit('SIGINT'));
}

async function inEditor(): Promise<number> {
  const version = process.argv[2] === 'oldest' ? 'oldest' : 'newest';
  const vscodeExecutablePath = await chooseEditor(version);
  handSignalsOn();
  const folder = await mkdtemp(path.join(os.tmpdir(), 'kq-'));
  const kimi = await startKimiService();
  try {
    const workspace = path.join(folder, 'workspace');
    const home = path.join(folder, 'home');
    await mkdir(workspace);
    await mkdir(home);
    await writeFile(path.join(workspace, 'notes.txt'), 'A file to open.\n');
    await runTests({
      vscodeExecutablePath,
      extensionDevelopmentPath: root,
      extensionTestsPath: path.join(root, 'dist/test/suite.js'),
      launchArgs: [
        workspace,
        `--user-data-dir=${path.join(folder, 'user-data')}`,
        `--extensions-dir=${path.join(folder, 'extensions')}`,
        '--use-inmemory-secretstorage',
      ],
      extensionTestsEnv: {
        KIMI_QUOTA_EDITOR_VERSION: version,
        KIMI_CODE_BASE_URL: kimi.baseUrl,
        KIMI_API_KEY: kimi.key,
        // No test may read the logs of a person's own agents. macOS keeps its keychain at home.
        ...(process.platform !== 'darwin' && { HOME: home, USERPROFILE: home }),
      },
    });
    return 0;
  } catch (error) {
    if (error instanceof TestRunFailedError) return error.code ?? 1;
    throw error;
  } finally {
    await kimi.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

await runProgram(inEditor);
