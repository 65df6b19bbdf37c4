import type { Agent, LogSource, Surroundings } from './agent.ts';
import { agentFolder } from './agentPath.ts';
import { createClineLogReader } from './clineLog.ts';
import { createSessionReader } from './clineSession.ts';
import { extensionTasks, taskFolders } from './editorStorage.ts';
import { createTaskReader, TASK_ANCHORS } from './uiMessages.ts';

/**
 * Cline on the command line, seen in 3.0.65, and in the editor (agents.md 7.6). The log of the
 * command line counts failures: one record for six attempts, and none where one of them succeeded.
 * Version 4 in the editor is known to write only the sessions; older ones have tasks.
 */
export const cline: Agent = {
  id: 'cline',
  name: 'Cline',
  sources: surroundings => {
    const data = dataFolder(surroundings);
    const sessions = agentFolder(
      { ...surroundings, home: data },
      'CLINE_SESSION_DATA_DIR',
      'sessions',
    );
    return [
      logSource(surroundings, data),
      {
        root: sessions,
        // `<session>/<session>.messages.json`; a sub-agent's is `<session>/agent_<id>.messages.json`.
        files: /^[^/]+\/[^/]+\.messages\.json$/,
        depth: 1,
        growth: 'rewrite',
        format: 'session',
      },
      taskFolders(data),
      ...extensionTasks(surroundings, ['saoudrizwan.claude-dev', 'saoudrizwan.cline-nightly']),
    ];
  },
  failureAnchors: [
    'severity":"error","err"',
    '[ai-sdk] stream error',
    // Without them it is not known whose failure it was.
    'provider_request_started"',
    'displayRole"',
    ...TASK_ANCHORS,
  ],
  createReader: (file, memory) => {
    switch (file.format) {
      case 'log':
        return createClineLogReader(memory);
      case 'session':
        return createSessionReader(file, memory);
      default:
        return createTaskReader('cline', file, memory);
    }
  },
};

function dataFolder(surroundings: Surroundings): string {
  const home = agentFolder(surroundings, 'CLINE_DIR', '.cline');
  return agentFolder({ ...surroundings, home }, 'CLINE_DATA_DIR', 'data');
}

/** `hub-daemon.log` has no errors of requests. */
function logSource(surroundings: Surroundings, data: string): LogSource {
  const path = agentFolder({ ...surroundings, home: data }, 'CLINE_LOG_PATH', 'logs/cline.log');
  const [, root, name] = /^(.*)[\\/]([^\\/]+)$/.exec(path)!;
  const literal = name!.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return {
    root: root!,
    files: new RegExp(`^${literal}$`),
    depth: 0,
    growth: 'append',
    format: 'log',
  };
}
