/**
 * An incident, or words from elsewhere, explained to a person: plain text in the language of the
 * editor. No HTML, no Markdown. Each surface decides how it looks.
 */
export interface Explanation {
  /** A few words: `Too many requests at once`. */
  readonly title: string;
  /** At most 24 characters, for the status bar: `concurrency · retry now`. */
  readonly short: string;
  /** The cause in one sentence, with its certainty in words. */
  readonly cause: string;
  /** How sure, as a word: `certain`, `likely`, `unsure` in the user's language. */
  readonly certainty: string;
  readonly evidence: readonly string[];
  /** What is said of trying again. */
  readonly retry: string;
  /** For a countdown: epoch milliseconds. Absent: no moment is known, or waiting is useless. */
  readonly retryAt?: number;
  readonly steps: readonly ExplainedStep[];
  /** Kimi's own pages (kimi.md 10), and nothing else. */
  readonly links: readonly ExplainedLink[];
  /** The provider's own words, redacted; empty where the agent keeps none. Hostile text. */
  readonly original: string;
  /** The rule that read the words, and when it was last confirmed: ISO date. */
  readonly rule?: { readonly id: string; readonly lastConfirmed?: string };
}

/** One thing to do. */
export interface ExplainedStep {
  readonly text: string;
  readonly link?: ExplainedLink;
}

/** A page of Kimi. */
export interface ExplainedLink {
  readonly label: string;
  readonly url: string;
}
