import type { CourseRow, IncidentDetail } from '../core/panel/panelState.ts';
import { diagnosisView } from './checklist.ts';
import { button, h, icon, list, type Page, pageLink, table } from './dom.ts';

/** Maximum width of a slice with its gap, in pixels. */
const SLICE_PX = 26;
const KINDS = ['failed', 'succeeded'] as const;

/** Bars, and the same numbers as an accessible table; undefined without slices. */
function timeline(page: Page, course: readonly CourseRow[]): HTMLElement | undefined {
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
    // An open one stays open across redraws.
    { attributes: { open: document.querySelector('details')?.open } },
    h('summary', { key: 'timeline table' }, page.label('showAsTable')),
    table(page.label('timeline'), heads, rows),
  );
}

/** All details of one incident: cause, evidence, steps and error text. */
export function incidentDetail(page: Page, detail: IncidentDetail): HTMLElement[] {
  return [
    button(page.label('back'), 'back', () => page.openIncident(undefined), 'plain back'),
    h(
      'h1',
      { key: 'detail', attributes: { tabindex: '-1' } },
      detail.title,
      h('span', { class: 'badge' }, detail.certainty),
    ),
    h('p', { class: 'incident-when' }, detail.when),
    h('p', { class: 'cause' }, detail.cause),
    retryView(detail),
    ...part(page.label('whatToDo'), stepList(page, detail)),
    ...part(page.label('evidence'), list(detail.evidence, 'evidence')),
    ...part(page.label('timeline'), timeline(page, detail.course)),
    ...part(page.label('where'), list(detail.places, 'facts')),
    ...part(page.label('originalText'), original(detail)),
    ...diagnosisView(page, detail),
    h(
      'p',
      { class: 'buttons' },
      detail.canOpenLog &&
        button(page.label('openLog'), `openLog ${detail.id}`, () =>
          page.send({ kind: 'openLog', id: detail.id }),
        ),
      detail.canCopyTicket &&
        button(
          page.label('copyTicket'),
          `copyTicket ${detail.id}`,
          () => page.send({ kind: 'copyTicket', id: detail.id }),
          'secondary',
        ),
    ),
    ...part(page.label('links'), linkList(page, detail)),
    ...(detail.rule === undefined ? [] : [h('p', { class: 'rule' }, detail.rule)]),
  ];
}

function part(title: string, content: HTMLElement | undefined): HTMLElement[] {
  return content ? [h('section', {}, h('h2', {}, title), content)] : [];
}

/** `countdown.ts` fills the empty element. */
function retryView({ retry, retryAt }: IncidentDetail): HTMLElement {
  return h(
    'p',
    { class: 'retry' },
    icon('watch'),
    h('span', {}, `${retry} `),
    retryAt !== undefined &&
      h('span', { class: 'countdown', attributes: { 'data-retry-at': String(retryAt) } }),
  );
}

function stepList(page: Page, { steps }: IncidentDetail): HTMLElement | undefined {
  if (steps.length === 0) return undefined;
  return h(
    'ol',
    { class: 'steps' },
    ...steps.map(({ text, link }) =>
      h('li', {}, text, ...(link ? [' ', pageLink(page, link)] : [])),
    ),
  );
}

function linkList(page: Page, { links }: IncidentDetail): HTMLElement | undefined {
  if (links.length === 0) return undefined;
  return h('ul', { class: 'links' }, ...links.map(link => h('li', {}, pageLink(page, link))));
}

function original({ original: text }: IncidentDetail): HTMLElement | undefined {
  if (text === '') return undefined;
  // Focusable, so that the keyboard can scroll long lines.
  return h('pre', { key: 'original', class: 'original', attributes: { tabindex: '0' } }, text);
}
