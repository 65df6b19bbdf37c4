import type { RequestFailed, Signal } from '../../src/core/agents/signal.ts';
import type { Checkpoint, TailBatch, TailedSignal } from '../../src/core/agents/tail.ts';
import { NOW } from './snapshots.ts';

/** A failure as it is read from a log. */
export function failed(contentKey: string, fields: Partial<RequestFailed> = {}): TailedSignal {
  const signal: Signal = {
    kind: 'requestFailed',
    at: NOW,
    agent: 'kimi-code',
    session: 's',
    evidence: { host: 'api.kimi.com', hasKimiWords: true },
    contentKey,
    text: 'too many requests',
    ...fields,
  };
  return { signal, file: '.kimi-code/a.log', byteOffset: 7 };
}

export function checkpoint(fingerprint: string, fields: Partial<Checkpoint> = {}): Checkpoint {
  return { fingerprint, byteOffset: 9, marker: 'm', seenAt: NOW, ...fields };
}

export function batch(
  signals: readonly TailedSignal[],
  checkpoints: readonly Checkpoint[] = [],
  fields: Partial<TailBatch> = {},
): TailBatch {
  return { readAt: NOW, signals, checkpoints, ...fields };
}
