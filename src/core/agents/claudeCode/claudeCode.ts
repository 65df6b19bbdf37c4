import * as z from 'zod/mini';
import { lenient, omitUndefined, Time } from '../../base/fields.ts';
import {
  type Agent,
  agentFolder,
  type LogFile,
  pathBelow,
  type RecordReader,
  type Surroundings,
} from '../agent.ts';
import { unwrapError } from '../agentError.ts';
import { EventCounter } from '../failureFromText.ts';
import { FailureStatus, idOfFile, parseRecord } from '../recordFields.ts';
import type { Signal } from '../signal.ts';
import { toFailure } from './record.ts';
import { createTranscriptReader } from './transcript.ts';

const FAILED =
  /^(\d{4}-\d\d-\d\dT[\d:.]{8,15}Z) \[ERROR\] API error \(attempt (\d{1,3})\/(\d{1,3})\): (.*)$/s;
const ASKED = /^\d{4}-\d\d-\d\dT[\d:.]{8,15}Z \[DEBUG\] \[API REQUEST\] (\/[\w./-]{1,100})/;
/** The path of Kimi Code's Anthropic route; `/v1/messages` is anyone's (docs/agents.md 7.3.4). */
const CODE_PATH = '/coding/v1/messages';
const LONGEST_LINE = 16 * 1024;

const Memory = z.object({ product: lenient(z.literal('kimi-code')) });

/**
 * Reads `debug/<session>.txt`, which `claude --debug` writes: the error text of each failure of
 * every thread, without the thread. The transcript counts the failures.
 */
function createDebugReader(file: LogFile, memory?: string): RecordReader {
  const session = idOfFile(file);
  let { product } = parseRecord(memory ?? '', Memory) ?? {};
  // Sub-agents may fail in the same millisecond.
  const ordinals = new EventCounter();
  return {
    read: ({ text }) => {
      const line = text.slice(0, LONGEST_LINE);
      const path = ASKED.exec(line)?.[1];
      if (path !== undefined) product = path === CODE_PATH ? 'kimi-code' : undefined;
      const [, time, attempt, most, words] = FAILED.exec(line) ?? [];
      const at = Time.safeParse(time).data;
      return at === undefined
        ? []
        : [
            failureOf(
              { at, session, product, isFinal: attempt === most, key: ordinals.next(time!, '') },
              words ?? '',
            ),
          ];
    },
    saveMemory: () => JSON.stringify(omitUndefined({ product })),
  };
}

interface Known {
  readonly at: number;
  readonly session: string;
  readonly product: 'kimi-code' | undefined;
  readonly isFinal: boolean;
  readonly key: string;
}

function failureOf({ at, session, product, isFinal, key }: Known, words: string): Signal {
  const parsed = unwrapError(words.replace(/^undefined /, ''));
  const status = FailureStatus.parse(parsed.status);
  const isAnthropic = /"request_id":"req_011/.test(words);
  const { failure, evidence } = toFailure({ ...parsed, status }, isAnthropic);
  return {
    kind: 'requestEnded',
    at,
    agent: 'claude-code',
    session,
    isThreadUnknown: true,
    evidence: { ...omitUndefined({ product }), ...evidence },
    contentKey: `claude-code debug ${session} ${key}`,
    failure: { ...failure, ...omitUndefined({ isFinal: isFinal ? true : undefined }) },
  };
}

const below = (surroundings: Surroundings, folder: string): string =>
  pathBelow(surroundings, agentFolder(surroundings, 'CLAUDE_CONFIG_DIR', '.claude'), folder);

/**
 * Claude Code, seen in 2.1.330 (docs/agents.md 7.3), older forms from 2.1.199 on. The transcript
 * counts failures; the debug log, only written with `--debug`, adds the error texts that the
 * interactive transcript and sub-agents lack. `debug/latest` is a link to the session's file.
 */
export const claudeCode: Agent = {
  id: 'claude-code',
  name: 'Claude Code',
  sources: surroundings => [
    {
      root: below(surroundings, 'projects'),
      // `<project>/<session>.jsonl`, `<project>/<session>/subagents/agent-<id>.jsonl`.
      files: /^[^/]+\/[^/]+(?:\/subagents\/(?:[^/]+\/){0,3}agent-[^/]+)?\.jsonl$/,
      depth: 6,
      growth: 'append',
      format: 'transcript',
    },
    {
      root: below(surroundings, 'debug'),
      files: /^[^/]+\.txt$/,
      depth: 0,
      growth: 'append',
      format: 'debug',
    },
  ],
  // `retryAttempt`, `isApiErrorMessage`, `requestDigest`; lines of the debug log.
  failureAnchors: ['Attempt":', 'ApiErrorMessage":', 'Digest":', 'API error (', 'API REQUEST]'],
  tokenAnchors: ['"usage":{'],
  createReader: (file, memory) =>
    file.format === 'debug'
      ? createDebugReader(file, memory)
      : createTranscriptReader(file, memory),
};
