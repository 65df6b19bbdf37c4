import { homedir, tmpdir } from 'node:os';
import type { Surroundings } from '../core/agents/agent.ts';

/** This machine, as agents see it. With `home` another home folder, where no variable leads away. */
export function surroundingsOf(home?: string): Surroundings {
  const platform =
    process.platform === 'win32' || process.platform === 'darwin' ? process.platform : 'linux';
  const env = home === undefined ? process.env : {};
  return { home: home ?? homedir(), tmp: tmpdir(), platform, env };
}
