import { kimiMark, otherMark } from '../errors/marks.ts';
import { unwrap } from '../errors/unwrap.ts';
import type { ProviderEvidence } from './signal.ts';

/** What a failure says, before or after redaction. */
export interface SaidOfFailure {
  readonly text: string;
  readonly errorType?: string | undefined;
  readonly status?: number | undefined;
}

/** Longer words are not matched beyond this; every sentence that tells is shorter. */
const LONGEST = 4096;

/** What the words and the type of a failure tell of whose account it was (docs/agents.md 2.4). */
export function evidenceOfWords({ text, errorType, status }: SaidOfFailure): ProviderEvidence {
  const message = text.slice(0, LONGEST).replace(/[‘’]/g, "'").replace(/\s+/g, ' ');
  const other = otherMark(`${message} ${errorType ?? ''}`);
  if (other) return { otherProvider: other };
  const error = unwrap(
    `${status ?? ''} ${JSON.stringify({ error: { type: errorType, message } })}`.trim(),
  );
  const product = kimiMark(error);
  if (product === undefined) return {};
  return product === 'kimi-code' ? { hasKimiWords: true, product } : { hasKimiWords: true };
}
