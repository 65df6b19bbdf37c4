import { existsSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Surroundings } from '../core/agents/agent.ts';

/**
 * This machine, as agents see it. With `home` another home folder, where no variable leads away; a
 * folder `tmp` beside it has what was in the temporary folder.
 */
export function surroundingsOf(home?: string): Surroundings {
  const platform =
    process.platform === 'win32' || process.platform === 'darwin' ? process.platform : 'linux';
  if (home !== undefined) {
    const tmp = join(dirname(home), 'tmp');
    return { home, tmp: existsSync(tmp) ? tmp : tmpdir(), platform, env: {} };
  }
  const uid = process.getuid?.();
  const user = uid === undefined ? {} : { uid };
  return { home: homedir(), tmp: tmpdir(), platform, env: process.env, ...user };
}
