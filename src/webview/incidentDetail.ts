import type { IncidentDetail } from '../core/panel/panelState.ts';
import { h, icon, list } from './dom.ts';
import { button, pageLink, type Page } from './page.ts';
import { timeline } from './timeline.ts';

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
    ...part(page.label('timeline'), timeline(page, detail.course)),
    ...part(page.label('where'), list(detail.places, 'facts')),
    ...part(page.label('originalText'), original(detail)),
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
