import { shortMoment } from '../base/format.ts';
import { explanationOf, type Explained } from '../explain/explained.ts';
import type { Situation } from './headline.ts';
import { type HeadlineOptions, type HeadlineWords, headlineWords } from './headlineWords.ts';

/** A line of a document and what it is about. */
export interface ExplainedLine {
  readonly line: number;
  readonly explained: Explained;
}

/** The lines of one cause in a row; lines without an error may be between them. */
export interface LineRun {
  readonly lines: readonly [ExplainedLine, ...ExplainedLine[]];
}

/** Groups lines in their order, so that equal neighbors get one note. Pure. */
export function runsOf(lines: readonly ExplainedLine[]): readonly LineRun[] {
  const runs: [ExplainedLine, ...ExplainedLine[]][] = [];
  for (const each of lines) {
    const last = runs.at(-1);
    if (last && causeKey(last[0].explained) === causeKey(each.explained)) last.push(each);
    else runs.push([each]);
  }
  return runs.map(run => ({ lines: run }));
}

const causeKey = (explained: Explained): string =>
  explained.kind === 'incident'
    ? `cause ${explained.incident.verdict.cause} ${explained.incident.category}`
    : `words ${explained.words.category}`;

/** The headline of a line's incident; undefined for an error text, or if the incident is past. */
export function headlineOfLine(
  explained: Explained,
  situation: Situation,
  options: HeadlineOptions,
): HeadlineWords | undefined {
  if (explained.kind === 'words') return undefined;
  const { incident } = explained;
  const words = headlineWords({ ...situation, incidents: [incident] }, options);
  return words.headline.incident === incident ? words : undefined;
}

/**
 * A note next to a line: the title of its incident, the number of lines, and the time of a reset that
 * is ahead. Not redrawn, so it names no duration.
 */
export function noteOf({ lines }: LineRun, situation: Situation, options: HeadlineOptions): string {
  const [{ explained }] = lines;
  const { locale } = options;
  const { t } = locale;
  const { now } = situation;
  const present = headlineOfLine(explained, situation, options);
  const title = present?.title ?? explanationOf(explained, { ...options, now }).title;
  const what = lines.length === 1 ? title : t('{0} × {1}', lines.length, title);
  if (present?.until === undefined) return what;
  const moment = shortMoment(present.until, now, locale);
  return present.headline.kind === 'usedUp'
    ? t('{0} · resets {1}', what, moment)
    : t('{0} · retry {1}', what, moment);
}
