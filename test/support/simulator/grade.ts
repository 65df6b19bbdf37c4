import type { Incident } from '../../../src/core/incidents/incident.ts';
import type { Cause, Verdict } from '../../../src/core/incidents/verdict.ts';
import { knowable, type Visible } from './knowable.ts';
import type { SimulatedRun } from './simulate.ts';
import type { TrueCause, TrueRefusal, Wording } from './truth.ts';
import { tellOf } from './verdicts.ts';

/** One verdict and the truth. */
export interface Mark {
  readonly cause: Cause;
  /** The true cause itself. */
  readonly isStrict: boolean;
  /** As much of the truth as could be known, which may be `unsure`. */
  readonly isRight: boolean;
  readonly isUnsure: boolean;
  /** Said as certain or likely, and not so. */
  readonly isConfidentlyWrong: boolean;
}

/** A run, judged. Undefined verdicts: nothing of it came to the disk. */
export interface Graded {
  readonly cause: TrueCause;
  readonly words: Wording | 'none';
  readonly provisional?: Mark;
  readonly settled?: Mark;
  /** Into how many incidents of this cause it was folded. */
  readonly incidentCount: number;
  readonly visible?: Visible;
  readonly incident?: Incident;
}

/** Grades the verdict of the incident with most of the failures for the run's cause. */
export function grade(
  run: SimulatedRun,
  team: { readonly hasTeam?: boolean } = {},
): Graded | undefined {
  const { scenario, refusals } = run.truth;
  const failing = new Set(
    run.deliveries.flatMap(({ signal }) =>
      signal.kind === 'requestFailed' ? [signal.session] : [],
    ),
  );
  // Some failures leave nothing at all on disk: there is nothing to judge.
  if (!refusals.some(({ cause, session }) => cause === scenario.cause && failing.has(session)))
    return undefined;
  const reported = tellOf(run, team)
    .map(one => ({ ...one, truths: refusalsIn(one.last, refusals) }))
    .filter(({ truths }) => mostOf(truths.map(({ cause }) => cause)) === scenario.cause)
    .sort((a, b) => b.truths.length - a.truths.length);
  const [main] = reported;
  if (!main) return { cause: scenario.cause, words: 'none', incidentCount: 0 };
  const visible = visibleOf(run, main.last, main.truths);
  const fits = knowable(scenario.cause, visible);
  // `/usages` is asked when something has failed, and whether others pass is seen with time.
  const early = knowable(scenario.cause, { ...visible, isReadAfter: false, isRepeated: false });
  return {
    cause: scenario.cause,
    words: visible.words,
    provisional: markOf(main.first.verdict, scenario.cause, early),
    settled: markOf(main.last.verdict, scenario.cause, fits),
    incidentCount: reported.length,
    visible,
    incident: main.last,
  };
}

function markOf({ cause, certainty }: Verdict, truth: TrueCause, fits: readonly Cause[]): Mark {
  const isRight = fits.includes(cause);
  return {
    cause,
    isStrict: cause === truth,
    isRight,
    isUnsure: cause === 'unsure',
    isConfidentlyWrong: !isRight && certainty !== 'unsure',
  };
}

const NEAR_MS = 3000;

function refusalsIn(
  { places, from, to }: Incident,
  refusals: readonly TrueRefusal[],
): TrueRefusal[] {
  const sessions = new Set(places.map(({ session }) => session));
  return refusals.filter(
    ({ at, session }) => sessions.has(session) && at >= from - NEAR_MS && at <= to + NEAR_MS,
  );
}

function mostOf<T>(items: readonly T[]): T | undefined {
  const counts = new Map<T, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

/** What of the truth lies open: asked of the stage, not of the verdict. */
function visibleOf(
  { truth: { scenario, staged }, snapshots }: SimulatedRun,
  { from, places }: Incident,
  truths: readonly TrueRefusal[],
): Visible {
  const { setting, seat, hasWitness } = staged;
  const reported = setting.reported.get(scenario.cause);
  const hasWords = places.some(({ subagent }) =>
    seat.hasWords(subagent !== undefined, reported?.status),
  );
  const { service, manner } = setting;
  return {
    words: hasWords ? (reported?.wording ?? 'named') : 'none',
    isAttributed: seat.isAttributed || seat.client === 'kimi-code',
    hasStarts: seat.hasStarts,
    isLimitKnown:
      (hasWords && /max/.test(reported?.text ?? '')) ||
      (manner.hasKey && manner.hasParallelLimit && service.setup.product === 'kimi-code'),
    ownShare: Math.max(...truths.map(({ own }) => own)) / service.setup.parallelLimit,
    isReadAfter: manner.lie !== 'stale' && snapshots.some(({ at }) => at > from),
    hasWitness,
    isRepeated: truths.length >= 3,
  };
}
