import { type Agent, agentFolder, type LogSource, pathBelow, type Surroundings } from './agent.ts';
import { customTasks, extensionTasks, taskFolders } from './editorStorage.ts';
import { createOpenCodeReader, openCode, openCodeSources } from './openCode/openCode.ts';
import { createTaskReader, TASK_ANCHORS } from './taskMessages.ts';

/**
 * Kilo Code. Versions up to 4 have Roo Code's tasks; from 5 on it is built on OpenCode and has the
 * same log and database in its own folder (docs/agents.md 7.7, 7.8; from source).
 */
export const kiloCode: Agent = {
  id: 'kilo-code',
  name: 'Kilo Code',
  sources: surroundings => [
    ...extensionTasks(surroundings, ['kilocode.kilo-code']),
    ...customTasks(surroundings, 'kilo-code'),
    taskFolders(pathBelow(surroundings, surroundings.home, '.kilocode', 'cli', 'global')),
    ...openCodeSources(surroundings, 'kilo', 'KILO_DB'),
    ...onWindows(surroundings),
  ],
  failureAnchors: [...TASK_ANCHORS, ...openCode.failureAnchors],
  createReader: (file, memory) =>
    file.format === 'task'
      ? createTaskReader('kilo-code', file, memory)
      : createOpenCodeReader('kilo-code', file, memory),
};

/** From secondary sources: in addition to the folder that all systems have. */
function onWindows(surroundings: Surroundings): LogSource[] {
  if (surroundings.platform !== 'win32') return [];
  const folder = agentFolder(surroundings, 'APPDATA', 'AppData\\Roaming');
  const env = { ...surroundings.env, XDG_DATA_HOME: folder };
  return openCodeSources({ ...surroundings, env }, 'kilo', '');
}
