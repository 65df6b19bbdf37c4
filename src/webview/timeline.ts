import type { CourseRow } from '../core/panel/panelState.ts';
import { h, table } from './dom.ts';
import type { Page } from './page.ts';

/** The widest that a slice gets, with its gap. */
const SLICE_PX = 26;
const KINDS = ['failed', 'succeeded'] as const;

/** Bars for the eye, and the same numbers as a table for everybody; undefined without any. */
export function timeline(page: Page, course: readonly CourseRow[]): HTMLElement | undefined {
  const [first, last] = [course[0], course.at(-1)];
  if (!first || !last) return undefined;
  const bars = h(
    'div',
    { class: 'course', attributes: { 'aria-hidden': 'true' } },
    slices(course),
    h(
      'div',
      { class: 'slice-times' },
      h('span', {}, first.time),
      last !== first && h('span', {}, last.time),
    ),
  );
  bars.style.maxWidth = `${course.length * SLICE_PX}px`;
  return h('div', {}, bars, legend(page, course), numbers(page, course));
}

function slices(course: readonly CourseRow[]): HTMLElement {
  const most = Math.max(1, ...course.map(({ failed, succeeded }) => failed + succeeded));
  return h(
    'div',
    { class: 'slices' },
    ...course.map(row => {
      const slice = h('div', { class: 'slice' });
      for (const kind of KINDS.toReversed()) {
        if (row[kind] === 0) continue;
        const part = h('div', { class: `slice-${kind}` });
        part.style.height = `${(row[kind] / most) * 100}%`;
        slice.append(part);
      }
      return slice;
    }),
  );
}

function legend(page: Page, course: readonly CourseRow[]): HTMLElement {
  return h(
    'p',
    { class: 'legend', attributes: { 'aria-hidden': 'true' } },
    ...KINDS.map(kind => {
      const total = course.reduce((sum, row) => sum + row[kind], 0);
      return h('span', { class: `legend-${kind}` }, `${page.label(kind)} ${total}`);
    }),
  );
}

function numbers(page: Page, course: readonly CourseRow[]): HTMLElement {
  const heads = (['time', ...KINDS, 'running'] as const).map(name => page.label(name));
  const rows = course.map(({ time, failed, succeeded, inFlight }) =>
    [time, failed, succeeded, inFlight].map(String),
  );
  return h(
    'details',
    // One that is open stays so when it is drawn anew.
    { attributes: { open: document.querySelector('details')?.open } },
    h('summary', { key: 'timeline table' }, page.label('showAsTable')),
    table(page.label('timeline'), heads, rows),
  );
}
