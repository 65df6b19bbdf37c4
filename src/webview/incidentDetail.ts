import type { IncidentDetail } from '../core/panel/panelState.ts';
import { h, icon, list, table } from './dom.ts';
import { button, pageLink, type Page } from './page.ts';

/** One incident, whole: what it was, why we think so, what to do, and the words themselves. */
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
    ...part(page.label('timeline'), timeline(page, detail)),
    ...part(page.label('where'), list(detail.places, 'facts')),
    ...part(page.label('originalText'), original(detail)),
    h(
      'p',
      { class: 'buttons' },
      detail.canOpenLog &&
        button(page.label('openLog'), 'openLog', () =>
          page.send({ kind: 'openLog', id: detail.id }),
        ),
      detail.canCopyTicket &&
        button(page.label('copyTicket'), 'copyTicket', () =>
          page.send({ kind: 'copyTicket', id: detail.id }),
        ),
    ),
    ...part(page.label('links'), linkList(page, detail)),
    ...(detail.rule === undefined ? [] : [h('p', { class: 'rule' }, detail.rule)]),
  ];
}

function part(title: string, content: HTMLElement | undefined): HTMLElement[] {
  return content ? [h('section', {}, h('h2', {}, title), content)] : [];
}

/** `countdown.ts` writes what is left into the empty place. */
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
  // A long line is scrolled to by keyboard too.
  return h('pre', { key: 'original', class: 'original', attributes: { tabindex: '0' } }, text);
}

/** Bars for the eye, and the same numbers as a table for everybody. */
function timeline(page: Page, { course }: IncidentDetail): HTMLElement | undefined {
  if (course.length === 0) return undefined;
  const most = Math.max(1, ...course.map(({ failed, succeeded }) => failed + succeeded));
  const slices = course.map(({ failed, succeeded }) => {
    const slice = h('div', { class: 'slice' });
    for (const [count, name] of [
      [succeeded, 'succeeded'],
      [failed, 'failed'],
    ] as const) {
      if (count === 0) continue;
      const part = h('div', { class: `slice-${name}` });
      part.style.height = `${(count / most) * 100}%`;
      slice.append(part);
    }
    return slice;
  });
  return h(
    'div',
    {},
    h('div', { class: 'slices', attributes: { 'aria-hidden': 'true' } }, ...slices),
    h(
      'p',
      { class: 'legend', attributes: { 'aria-hidden': 'true' } },
      h('span', { class: 'legend-failed' }, page.label('failed')),
      h('span', { class: 'legend-succeeded' }, page.label('succeeded')),
    ),
    h(
      'details',
      {},
      h('summary', { key: 'timeline table' }, page.label('showAsTable')),
      table(
        page.label('timeline'),
        [page.label('time'), page.label('failed'), page.label('succeeded'), page.label('running')],
        course.map(({ time, failed, succeeded, inFlight }) => [
          time,
          String(failed),
          String(succeeded),
          String(inFlight),
        ]),
      ),
    ),
  );
}
