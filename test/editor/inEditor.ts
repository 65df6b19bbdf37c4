// Runs dist/test/suite.js in the extension host of one VS Code: `inEditor.ts oldest|newest`.
// VSCODE_EXECUTABLE names a desktop VS Code to use; else one is downloaded; where that cannot be
// done, the server build takes its place.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { downloadAndUnzipVSCode, runTests, TestRunFailedError } from '@vscode/test-electron';
import { EnvHttpProxyAgent, fetch } from 'undici';
import { startKimiService } from '../support/kimiService/kimiService.ts';
import { root } from './paths.ts';
import { runProgram, say } from './program.ts';
import { ensureServerBuild, type EditorVersion, vscodeVersion } from './serverBuild.ts';

const UPDATE_SERVICE = 'https://update.code.visualstudio.com/api/releases/stable';
const LOOK_MS = 5000;
const releases: Record<EditorVersion, string> = { oldest: '1.105.1', newest: 'stable' };

interface Choice {
  readonly executable: string;
  /** Variables of the machine that the tests see, in addition to those of the mock server. */
  readonly env: NodeJS.ProcessEnv;
}

async function chooseEditor(version: EditorVersion, home: string): Promise<Choice> {
  const desktop = process.env['VSCODE_EXECUTABLE'] ?? (await findDesktop(version));
  // No test may read the logs of a person's own agents. But macOS keeps its keychain at home.
  if (desktop && process.platform === 'darwin') return { executable: desktop, env: {} };
  if (desktop) return { executable: desktop, env: { HOME: home, USERPROFILE: home } };
  // First, so that a missing requirement is reported before anything else starts.
  await ensureServerBuild(version);
  say(`running in the server build of VS Code ${vscodeVersion(version)}`);
  return { executable: path.join(import.meta.dirname, 'code.ts'), env: {} };
}

/** The desktop VS Code of this version, downloaded if need be; nothing where it cannot be had. */
async function findDesktop(version: EditorVersion): Promise<string | undefined> {
  const { DISPLAY, WAYLAND_DISPLAY } = process.env;
  if (process.platform === 'linux' && !DISPLAY && !WAYLAND_DISPLAY) {
    say('no display for desktop VS Code (`xvfb-run -a npm test` gives it one)');
    return undefined;
  }
  try {
    await fetch(UPDATE_SERVICE, {
      method: 'HEAD',
      dispatcher: new EnvHttpProxyAgent(),
      signal: AbortSignal.timeout(LOOK_MS),
    });
    return await downloadAndUnzipVSCode({ version: releases[version] });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    say(`desktop VS Code cannot be downloaded here (${String(cause)})`);
    return undefined;
  }
}

async function inEditor(): Promise<number> {
  const version = process.argv[2] === 'oldest' ? 'oldest' : 'newest';
  const folder = await mkdtemp(path.join(os.tmpdir(), 'kq-'));
  const home = path.join(folder, 'home');
  const kimi = await startKimiService();
  try {
    const { executable, env } = await chooseEditor(version, home);
    const workspace = path.join(folder, 'workspace');
    await mkdir(workspace);
    await mkdir(home);
    await writeFile(path.join(workspace, 'notes.txt'), 'A file to open.\n');
    await runTests({
      vscodeExecutablePath: executable,
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
        ...env,
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
