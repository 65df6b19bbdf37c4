import type { Agent, LogRecord, RecordReader } from './agent.ts';
import { omitUndefined } from '../base/fields.ts';
import { parseRecord } from './recordFields.ts';
import { failureFromText } from './failureFromText.ts';
import type { RequestFailed } from './signal.ts';
import { StoredTerminalError, TERMINAL_SESSION } from './terminalError.ts';

/**
 * Agents' terminal output in the editor (`kimiQuota.readTerminals`), which every window appends to
 * one file. Not a separate agent: each record names its agent, and only counts if that agent's log
 * doesn't report the same failure.
 */
export const terminals: Agent = {
  id: 'other',
  name: 'Terminals',
  sources: ({ terminalErrors }) =>
    terminalErrors === undefined
      ? []
      : [
          {
            root: terminalErrors,
            files: /^errors(?:\.old)?\.jsonl$/,
            depth: 0,
            growth: 'append',
            format: 'terminal',
          },
        ],
  failureAnchors: ['"agent":"'],
  createReader: (): RecordReader => ({ read, saveMemory: () => undefined }),
};

function read({ text }: LogRecord): RequestFailed[] {
  const error = parseRecord(text, StoredTerminalError);
  if (!error) return [];
  const { at, agent } = error;
  const { failure, evidence } = failureFromText({
    text: error.text,
    ...omitUndefined({ status: error.status, errorType: error.errorType }),
  });
  return [
    {
      kind: 'requestFailed',
      at,
      agent,
      session: TERMINAL_SESSION,
      isSessionUnknown: true,
      isThreadUnknown: true,
      isFallback: true,
      ...failure,
      evidence,
      contentKey: `terminal ${agent} ${at} ${failure.text.slice(0, 80)}`,
    },
  ];
}
