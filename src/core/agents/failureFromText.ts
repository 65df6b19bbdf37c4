import { redact } from '../base/redact.ts';
import { kimiMark, otherMark } from '../errors/marks.ts';
import { unwrap } from '../errors/unwrap.ts';
import type { ErrorText } from './agentError.ts';
import { omitUndefined } from '../base/fields.ts';
import { FailureStatus } from './recordFields.ts';
import type { Failure, ProviderEvidence } from './signal.ts';
import { joinSupportIds, supportIdsIn } from './supportIds.ts';

/** An error text with status and type, before or after redaction. */
export interface ErrorFields {
  readonly text: string;
  readonly errorType?: string | undefined;
  readonly status?: number | undefined;
}

/** Only this much of an error text is matched; every known sentence is shorter. */
const LONGEST = 4096;

/** Evidence for the account in the text and the type of an error (docs/agents.md 2.4). */
export function evidenceFromText({ text, errorType, status }: ErrorFields): ProviderEvidence {
  const message = text.slice(0, LONGEST).replace(/[‘’]/g, "'").replace(/\s+/g, ' ');
  const other = otherMark(`${message} ${errorType ?? ''}`);
  if (other) return { otherProvider: other };
  const error = unwrap(
    `${status ?? ''} ${JSON.stringify({ error: { type: errorType, message } })}`.trim(),
  );
  const product = kimiMark(error);
  if (product === undefined) return {};
  if (product === 'kimi-code') return { hasKimiWords: true, product };
  // LiteLLM's provider `moonshot` is the open platform (docs/agents.md 8).
  return /\bMoonshotException\b/.test(message)
    ? { hasKimiWords: true, product: 'open-platform' }
    : { hasKimiWords: true };
}

/** A redacted failure, and the evidence for its account in the error text. */
export interface FailureFromText {
  readonly failure: Pick<Failure, 'text' | 'status' | 'errorType' | 'support'>;
  readonly evidence: ProviderEvidence;
}

/** Redacts an unwrapped error. */
export function failureFromText({ text, status, errorType, ids }: ErrorText): FailureFromText {
  const parsed = { text: redact(text), status: FailureStatus.parse(status), errorType };
  return {
    failure: {
      text: parsed.text,
      ...omitUndefined({
        status: parsed.status,
        errorType,
        support: joinSupportIds(ids, supportIdsIn(text)),
      }),
    },
    evidence: evidenceFromText(parsed),
  };
}

/** Numbers events with the same time, for `contentKey`. */
export class EventCounter {
  #moment: string;
  #seen: Record<string, number>;

  constructor({ moment, seen }: EventCounterMemory = { moment: '', seen: {} }) {
    this.#moment = moment;
    this.#seen = { ...seen };
  }

  /** `time #place n`: the n-th event of this place and time. Text in `place` is redacted. */
  next(moment: string, place: string): string {
    if (moment !== this.#moment) this.#seen = {};
    this.#moment = moment;
    const name = `#${redact(place).slice(0, 80)}`;
    const ordinal = (this.#seen[name] ?? 0) + 1;
    if (Object.keys(this.#seen).length < 64) this.#seen[name] = ordinal;
    return `${moment} ${name} ${ordinal}`;
  }

  get memory(): EventCounterMemory {
    return { moment: this.#moment, seen: this.#seen };
  }
}

/** The memory of an `EventCounter`, as plain data. */
export interface EventCounterMemory {
  readonly moment: string;
  readonly seen: Readonly<Record<string, number>>;
}
