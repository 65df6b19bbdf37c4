/** The variable that names the file for the counts of what was left out, one JSON line each. */
export const LEFT_OUT_VARIABLE = 'KIMI_QUOTA_LEFT_OUT';

/** Why a test cannot run under Wine, with the proof. */
export const REASONS = {
  links:
    'Wine 8 makes no links: CreateSymbolicLinkW reports success and does nothing ("fixme:file:CreateSymbolicLinkW … stub"), junctions fail with ENOTSUP',
  watchedFolder:
    'Wine 8 keeps a removed folder visible until the last watch of it ends, and reports no event to that watch; Windows ends it with ERROR_ACCESS_DENIED',
} as const;

/** Tests that are left out under Wine, and run on Windows. */
export interface LeftOut {
  /** Below the checkout, with `/`. */
  readonly file: string;
  /** Matches the full titles. */
  readonly test: RegExp;
  readonly why: keyof typeof REASONS;
}

/** A row of `LEFT_OUT` and how many tests it matched. */
export interface LeftOutCount {
  readonly file: string;
  readonly test: string;
  readonly why: keyof typeof REASONS;
  readonly count: number;
}

export const LEFT_OUT: readonly LeftOut[] = [
  {
    file: 'test/node/logTailerFiles.test.ts',
    test: /L4: a root that is a link is followed/,
    why: 'links',
  },
  {
    file: 'test/node/foreignDatabase.test.ts',
    test: /a log that is no file is never opened/,
    why: 'links',
  },
  { file: 'test/node/findKeys.test.ts', test: /does not follow a symbolic link/, why: 'links' },
  {
    file: 'test/node/logTailerHints.test.ts',
    test: /in new files, new folders and a new root/,
    why: 'watchedFolder',
  },
];
