import { downloadAndUnzipVSCode } from '@vscode/test-electron';
import { EnvHttpProxyAgent, fetch } from 'undici';
import { say } from './progress.ts';
import type { EditorVersion } from './serverBuild.ts';

const UPDATE_SERVICE = 'https://update.code.visualstudio.com/api/releases/stable';
const LOOK_MS = 5000;
const releases: Record<EditorVersion, string> = { oldest: '1.105.1', newest: 'stable' };

/** The desktop VS Code of this version, downloaded if need be; nothing where it cannot be had. */
export async function findDesktop(version: EditorVersion): Promise<string | undefined> {
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
