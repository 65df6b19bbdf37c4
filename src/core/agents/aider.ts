import * as z from 'zod/mini';
import { lenient, omitUndefined } from '../base/fields.ts';
import type { Agent, RecordReader } from './agent.ts';
import { parseLocalTime } from '../base/time.ts';
import { Name, parseRecord } from './recordFields.ts';
import { failureFromText } from './failureFromText.ts';
import { unwrapSdkError } from './agentError.ts';
import type { Signal } from './signal.ts';

/**
 * Aider, from source (docs/agents.md 7.14): the history file of a workspace folder. Only LiteLLM's
 * own lines are failures; the same text in a question or an answer is not. The history only has the
 * start time of a chat: earlier failures happened then or later, new ones happen now.
 */
export const aider: Agent = {
  id: 'aider',
  name: 'Aider',
  sources: ({ workspaces = [] }) =>
    workspaces.map(root => ({
      root,
      files: /^\.aider\.chat\.history\.md$/,
      depth: 0,
      growth: 'append',
      format: 'history',
    })),
  failureAnchors: ['> litellm.', '# aider chat started', '> Model: ', '> Main model: '],
  createReader: (_file, memory) => createAiderReader(memory),
};

/** Aider's own messages are quoted and end with a break; answers are not changed. */
const FAILED = /^> (litellm\.(?:[a-z_]+\.)?[A-Z]\w{2,60}: .*?) {2}$/s;
const STARTED = /^# aider chat started at (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)$/;
const MODEL = /^> (?:Main model|Model): ([\w./:@-]{1,200})/;
const LONGEST_LINE = 16 * 1024;

const Memory = z.object({
  /** The start time of the chat, as written. */
  started: lenient(z.string()),
  model: Name,
  /** The number of failures in the chat. */
  count: lenient(z.number()),
  /** The last change of the file, and the one before. */
  writtenBy: lenient(z.number()),
  writtenBefore: lenient(z.number()),
});

function createAiderReader(memory?: string): RecordReader {
  let chat = parseRecord(memory ?? '', Memory) ?? {};
  return {
    read: ({ text }, writtenBy): Signal[] => {
      const line = text.slice(0, LONGEST_LINE);
      if (writtenBy !== undefined && writtenBy !== chat.writtenBy)
        chat = { ...chat, writtenBy, writtenBefore: chat.writtenBy };
      const started = STARTED.exec(line.trimEnd())?.[1];
      if (started !== undefined) chat = { ...chat, started, count: 0, model: undefined };
      chat = { ...chat, model: MODEL.exec(line)?.[1] ?? chat.model };
      const words = FAILED.exec(line)?.[1];
      if (words === undefined) return [];
      chat = { ...chat, count: (chat.count ?? 0) + 1 };
      return failureOf(chat, words);
    },
    saveMemory: () => JSON.stringify(chat),
  };
}

function failureOf(chat: z.infer<typeof Memory>, words: string): Signal[] {
  const began = parseLocalTime(chat.started ?? '');
  const at = chat.writtenBefore === undefined ? (began ?? chat.writtenBy) : chat.writtenBy;
  if (at === undefined) return [];
  const { attemptCount, providerId, ...parsed } = unwrapSdkError(words);
  const { failure, evidence } = failureFromText(parsed);
  const { writtenBy = at } = chat;
  return [
    {
      kind: 'requestFailed',
      at,
      agent: 'aider',
      session: chat.started ?? '',
      ...failure,
      evidence: { ...omitUndefined({ providerId }), ...evidence },
      contentKey: `aider failed ${chat.started ?? ''} #${chat.count} ${failure.text.slice(0, 80)}`,
      ...omitUndefined({
        model: chat.model,
        attemptCount,
        notAfter: writtenBy > at ? writtenBy : undefined,
      }),
    },
  ];
}
