import * as z from 'zod/mini';
import { lenient, Time } from '../quota/readField.ts';
import type { LogFile, RecordReader } from './agent.ts';
import { toFailure } from './claudeRecord.ts';
import { unwrapError } from './errorText.ts';
import { FailureStatus, idOfFile, known, parseRecord } from './recordField.ts';
import { Ordinals } from './saidFailure.ts';
import type { Signal } from './signal.ts';

const FAILED =
  /^(\d{4}-\d\d-\d\dT[\d:.]{8,15}Z) \[ERROR\] API error \(attempt (\d{1,3})\/(\d{1,3})\): (.*)$/s;
const ASKED = /^\d{4}-\d\d-\d\dT[\d:.]{8,15}Z \[DEBUG\] \[API REQUEST\] (\/[\w./-]{1,100})/;
/** The path of Kimi Code's Anthropic route; `/v1/messages` is anyone's (agents.md 7.3.4). */
const CODE_PATH = '/coding/v1/messages';
const LONGEST_LINE = 16 * 1024;

const Memory = z.object({ product: lenient(z.literal('kimi-code')) });

/**
 * Reads `debug/<session>.txt`, which `claude --debug` writes: the words of each failure of every
 * thread, which it does not name. The transcript counts the failures.
 */
export function createDebugReader(file: LogFile, memory?: string): RecordReader {
  const session = idOfFile(file);
  let { product } = parseRecord(memory ?? '', Memory) ?? {};
  // Sub-agents may fail in one moment.
  const ordinals = new Ordinals();
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
    saveMemory: () => JSON.stringify(known({ product })),
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
  const said = unwrapError(words.replace(/^undefined /, ''));
  const status = FailureStatus.parse(said.status);
  const isAnthropic = /"request_id":"req_011/.test(words);
  const { failure, evidence } = toFailure({ ...said, status }, isAnthropic);
  return {
    kind: 'requestEnded',
    at,
    agent: 'claude-code',
    session,
    isThreadUnknown: true,
    evidence: { ...known({ product }), ...evidence },
    contentKey: `claude-code debug ${session} ${key}`,
    failure: { ...failure, ...known({ isFinal: isFinal ? true : undefined }) },
  };
}
