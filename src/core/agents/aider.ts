import * as z from 'zod/mini';
import { lenient } from '../base/fields.ts';
import type { Agent, RecordReader } from './agent.ts';
import { parseLocalTime } from '../base/time.ts';
import { known, Name, parseRecord } from './recordFields.ts';
import { saidFailure } from './failureFromText.ts';
import { unwrapSdkError } from './agentError.ts';
import type { Signal } from './signal.ts';

/**
 * Aider, from source (docs/agents.md 7.14): the history of a folder that is worked in. Only LiteLLM's own
 * lines are failures; the same words in a question or an answer are not. The history tells only when
 * a chat began: what was there before us happened then or later, what is added now.
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

/** What Aider says itself is quoted, and ends with a break; an answer stands as it came. */
const FAILED = /^> (litellm\.(?:[a-z_]+\.)?[A-Z]\w{2,60}: .*?) {2}$/s;
const STARTED = /^# aider chat started at (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)$/;
const MODEL = /^> (?:Main model|Model): ([\w./:@-]{1,200})/;
const LONGEST_LINE = 16 * 1024;

const Memory = z.object({
  /** When the chat began, as it stands there. */
  started: lenient(z.string()),
  model: Name,
  /** How many failures the chat has had. */
  count: lenient(z.number()),
  /** When the file was changed last, and the time before that. */
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
  const { attemptCount, providerId, ...said } = unwrapSdkError(words);
  const { failure, evidence } = saidFailure(said);
  const { writtenBy = at } = chat;
  return [
    {
      kind: 'requestFailed',
      at,
      agent: 'aider',
      session: chat.started ?? '',
      ...failure,
      evidence: { ...known({ providerId }), ...evidence },
      contentKey: `aider failed ${chat.started ?? ''} #${chat.count} ${failure.text.slice(0, 80)}`,
      ...known({
        model: chat.model,
        attemptCount,
        notAfter: writtenBy > at ? writtenBy : undefined,
      }),
    },
  ];
}
