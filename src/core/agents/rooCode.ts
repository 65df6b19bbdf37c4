import type { Agent } from './agent.ts';
import { customTasks, extensionTasks } from './editorStorage.ts';
import { createTaskReader, TASK_ANCHORS } from './taskMessages.ts';

/**
 * Roo Code, known in 3.52.1 from its source (docs/agents.md 7.7), and its successor Zoo Code. Its
 * base URLs are in the editor's secret storage: only the error text shows whose account it was.
 */
export const rooCode: Agent = {
  id: 'roo-code',
  name: 'Roo Code',
  sources: surroundings => [
    ...extensionTasks(surroundings, [
      'rooveterinaryinc.roo-cline',
      'rooveterinaryinc.roo-code-nightly',
      'zoocodeorganization.zoo-code',
    ]),
    ...customTasks(surroundings, 'roo-code'),
  ],
  failureAnchors: TASK_ANCHORS,
  createReader: (file, memory) => createTaskReader('roo-code', file, memory),
};
