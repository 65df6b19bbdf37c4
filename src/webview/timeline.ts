import type { CourseRow } from '../core/panel/panelState.ts';
import { h, type Page, table } from './dom.ts';

/** Maximum width of a slice with its gap, in pixels. */
const SLICE_PX = 26;
const KINDS = ['failed', 'succeeded'] as const;

/** With fewer slices, the text says it all. */
const LEAST_SLICES = 3;

/** Bars, and the same numbers as an accessible table; undefined with few slices. */
export function timeline(page: Page, course: readonly CourseRow[]): HTMLElement | undefined {
  const [first, last] = [course[0], course.at(-1)];
  if (!first || !last || course.length < LEAST_SLICES) return undefined;
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
      return h(
        'span',
        { class: `legend-${kind}` },
        `${page.label(kind)} `,
        h('b', {}, String(total)),
      );
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
    // An open one stays open across redraws.
    {
      class: 'numbers',
      attributes: { open: document.querySelector<HTMLDetailsElement>('details.numbers')?.open },
    },
    h('summary', { key: 'timeline table' }, page.label('showAsTable')),
    table(page.label('timeline'), heads, rows),
  );
}
