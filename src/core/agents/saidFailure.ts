import { redact } from '../redact.ts';
import type { ErrorText } from './errorText.ts';
import { evidenceOfWords } from './kimiWords.ts';
import { FailureStatus, known } from './recordField.ts';
import type { Failure, ProviderEvidence } from './signal.ts';
import { joinSupportIds, supportIdsIn } from './supportIds.ts';

/** What a failure says as it may leave, and what its words tell of whose account it was. */
export interface SaidFailure {
  readonly failure: Pick<Failure, 'text' | 'status' | 'errorType' | 'support'>;
  readonly evidence: ProviderEvidence;
}

/** Redacts the words of an error that has been unwrapped. */
export function saidFailure({ text, status, errorType, ids }: ErrorText): SaidFailure {
  const said = { text: redact(text), status: FailureStatus.parse(status), errorType };
  return {
    failure: {
      text: said.text,
      ...known({
        status: said.status,
        errorType,
        support: joinSupportIds(ids, supportIdsIn(text)),
      }),
    },
    evidence: evidenceOfWords(said),
  };
}

/** Tells apart what happened more than once in one moment, for `contentKey`. */
export class Ordinals {
  #moment: string;
  #seen: Record<string, number>;

  constructor({ moment, seen }: OrdinalsMemory = { moment: '', seen: {} }) {
    this.#moment = moment;
    this.#seen = { ...seen };
  }

  /** `moment #place n`: the n-th at that place in that moment. */
  next(moment: string, place: string): string {
    if (moment !== this.#moment) this.#seen = {};
    this.#moment = moment;
    const name = `#${place.slice(0, 80)}`;
    const ordinal = (this.#seen[name] ?? 0) + 1;
    if (Object.keys(this.#seen).length < 64) this.#seen[name] = ordinal;
    return `${moment} ${name} ${ordinal}`;
  }

  get memory(): OrdinalsMemory {
    return { moment: this.#moment, seen: this.#seen };
  }
}

/** What `Ordinals` remembers, as plain data. */
export interface OrdinalsMemory {
  readonly moment: string;
  readonly seen: Readonly<Record<string, number>>;
}
