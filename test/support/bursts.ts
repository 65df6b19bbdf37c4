import type { RequestEnded, RequestFailed } from '../../src/core/agents/signal.ts';
import { IncidentBook } from '../../src/core/incidents/incidentBook.ts';
import type { TailedFailure } from '../../src/core/agents/tail.ts';

/** When everything begins. */
export const START = Date.UTC(2026, 10, 21, 12);
export const SECOND = 1000;

/** Kimi's error texts, as recorded. */
export const WORDS = {
  generic: "We're receiving too many requests at the moment. Please wait a moment and try again.",
  concurrency:
    "You've reached your concurrent request limit. Please wait for your ongoing requests.",
  rpm: 'request reached organization max RPM: 3, please try again after 1 seconds',
  week: "You've reached your weekly (7-day) usage limit. Your quota will reset.",
  context: 'Your request exceeded model token limit: 262144',
  tpd: 'request reached organization TPD rate limit, current: 1501880, limit: 1500000',
} as const;

const KIMI = { host: 'api.kimi.com', hasKimiWords: true } as const;

/** Failures of Claude Code that say less and less, and of a relay. */
const bare = { agent: 'claude-code', evidence: {}, text: '' } as const;
const wordless = { ...bare, status: undefined } as unknown as Partial<RequestFailed>;
const relayed = {
  ...wordless,
  model: 'kimi-k2.5',
  evidence: { configuredHost: 'relay.example.net' },
} as const;
export const UNCLEAR = {
  bare,
  wordless,
  worded: { agent: 'claude-code', text: WORDS.concurrency },
  relayed,
  wordsThere: {
    agent: 'claude-code',
    text: '{"errorMessage":"429 Your account is suspended due to insufficient balance, please recharge your account or check your plan and billing details"}',
    evidence: { hasKimiWords: true, configuredHost: 'relay.example.net' },
  },
} as const;

/** Fails at so many seconds. */
export function fail(s: number, fields: Partial<RequestFailed> = {}): RequestFailed {
  return {
    kind: 'requestFailed',
    at: START + s * SECOND,
    agent: 'kimi-code',
    session: 'a',
    evidence: KIMI,
    contentKey: `${s} ${fields.agent} ${fields.session} ${fields.subagent}`,
    status: 429,
    text: WORDS.generic,
    ...fields,
  };
}

/** Is answered at so many seconds. */
export function answer(s: number, fields: Partial<RequestEnded> = {}): RequestEnded {
  return {
    kind: 'requestEnded',
    at: START + s * SECOND,
    agent: 'kimi-code',
    session: 'a',
    evidence: {},
    contentKey: `answer ${s}`,
    outputTokens: 9,
    ...fields,
  };
}

/** A burst with so many seconds from one failure to the next, as docs/agents.md 3.3 has them. */
export function burst(
  gaps: readonly number[],
  fields: Partial<RequestFailed> = {},
): RequestFailed[] {
  let at = 0;
  return [0, ...gaps].map((gap, i) =>
    fail((at += gap), { contentKey: `${i}`, ...final(i), ...fields }),
  );
  function final(i: number): Partial<RequestFailed> {
    return i === gaps.length ? { isFinal: true } : {};
  }
}

/** Signals of an agent's log. */
export type Step = RequestFailed | RequestEnded;
export const tailed = (signal: RequestFailed): TailedFailure => ({
  signal,
  file: 'f',
  byteOffset: 1,
});

/** A book that has read the steps in this order. */
export function bookOf(steps: readonly Step[]): IncidentBook {
  const book = new IncidentBook();
  for (const step of steps) {
    if (step.kind === 'requestFailed') book.fail(tailed(step));
    else book.answer(step);
  }
  return book;
}

/** `category count state`, of each incident, so many seconds after the beginning. */
export function fold(steps: readonly Step[], atSecond = 86_400): string[] {
  return bookOf(steps)
    .takeChanged(START + atSecond * SECOND)
    .map(({ facts }) => `${facts.category} ${facts.count} ${facts.state}`);
}

export const many = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
