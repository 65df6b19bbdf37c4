import type { DetailReason, DetailStep, IncidentDetail } from '../core/panel/panelState.ts';
import { diagnosisView } from './checklist.ts';
import { actionButton, button, codeToCopy, frame, h, list, type Page, pageLink } from './dom.ts';
import { icon } from './icons.ts';
import { retryLine } from './presentView.ts';
import { timeline } from './timeline.ts';

/** More reasons are shown on request. */
const FIRST_REASONS = 3;

/** All details of one incident: what is true now, what to do, and what happened then. */
export function incidentDetail(page: Page, detail: IncidentDetail): HTMLElement[] {
  const { title, certainty, when, cause, kind, quota } = detail;
  return [
    backButton(page),
    h(
      'header',
      { class: 'detail-head' },
      h('span', { class: 'sign' }, icon(kind)),
      h(
        'div',
        {},
        h('h1', { key: 'detail', attributes: { tabindex: '-1' } }, title),
        ' ',
        h('span', { class: 'chip' }, certainty),
        when !== '' && h('p', { class: 'soft' }, when),
      ),
    ),
    ...nowView(page, detail),
    frame(
      'columns',
      frame(
        'column',
        ...part(page.label(detail.stepsLabel), stepList(page, detail)),
        ...part(
          page.label('then'),
          h('p', { class: 'cause' }, cause),
          timeline(page, detail.course),
          list(detail.places, 'facts'),
        ),
        ...diagnosisView(page, detail),
      ),
      frame(
        'column',
        ...part(
          page.label('evidence'),
          ...reasons(page, detail.reasons, quota),
          useBefore(page, detail),
        ),
        ...part(page.label('originalText'), original(detail), logButton(page, detail)),
        ...part(page.label('links'), linkList(page, detail)),
        detail.rule !== undefined && h('p', { class: 'soft' }, detail.rule),
      ),
    ),
  ];
}

function useBefore(page: Page, { id, canCopyTicket }: IncidentDetail): HTMLElement | undefined {
  if (!canCopyTicket) return undefined;
  const show = () => page.showUseBefore(id);
  return h(
    'p',
    { class: 'buttons' },
    button(page.label('usedBefore'), 'usedBefore', show, 'plain'),
  );
}

function logButton(page: Page, { id, canOpenLog }: IncidentDetail): HTMLElement | undefined {
  if (!canOpenLog) return undefined;
  const action = { kind: 'log', id, label: page.label('openLog') } as const;
  return h('p', { class: 'buttons' }, actionButton(page, action, 'secondary'));
}

function backButton(page: Page): HTMLElement {
  const back = button(page.label('back'), 'back', () => page.openIncident(undefined), 'plain back');
  back.prepend(icon('back'));
  return back;
}

function part(title: string, ...content: readonly (HTMLElement | undefined)[]): HTMLElement[] {
  const shown = content.filter(it => it !== undefined);
  return shown.length > 0 ? [h('section', { class: 'part' }, h('h2', {}, title), ...shown)] : [];
}

function nowView(page: Page, { now }: IncidentDetail): HTMLElement[] {
  if (!now || (now.ended === '' && now.text === '')) return [];
  const { tone, ended, text, retryAt } = now;
  return [
    h(
      'section',
      { class: `banner tone-${tone}`, attributes: { 'aria-label': page.label('now') } },
      h('span', { class: 'sign' }, icon(tone)),
      h(
        'div',
        { class: 'banner-text' },
        ended !== '' && h('p', {}, ended),
        text !== '' && h('h2', {}, page.label('now')),
        text !== '' && retryLine(text, retryAt),
      ),
    ),
  ];
}

function stepList(page: Page, { id, steps, canCopyTicket }: IncidentDetail) {
  const hasTicket = steps.some(({ action }) => action?.kind === 'ticket');
  const label = page.label('copyTicket');
  const rows = steps.map((step, index) => stepView(page, step, index));
  if (canCopyTicket && !hasTicket)
    rows.push(
      h('li', { class: 'ticket' }, actionButton(page, { kind: 'ticket', id, label }, 'plain')),
    );
  return rows.length > 0 ? h('ol', { class: 'steps' }, ...rows) : undefined;
}

function stepView(page: Page, { text, code, action }: DetailStep, index: number): HTMLElement {
  return h(
    'li',
    { class: 'step' },
    h('p', {}, text),
    (code !== undefined || action !== undefined) &&
      h(
        'p',
        { class: 'buttons' },
        code !== undefined && codeToCopy(page, code, `step ${index}`),
        action && actionButton(page, action, 'secondary'),
      ),
  );
}

/** The strongest first; the others on request. */
function reasons(
  page: Page,
  all: readonly DetailReason[],
  quota: string | undefined,
): (HTMLElement | undefined)[] {
  const items = all.map(({ source, text }) =>
    h(
      'li',
      {},
      text,
      source !== '' && ' ',
      source !== '' && h('span', { class: 'source' }, source),
    ),
  );
  const [first, rest] = [items.slice(0, FIRST_REASONS), items.slice(FIRST_REASONS)];
  return [
    first.length > 0 ? h('ul', { class: 'evidence' }, ...first) : undefined,
    quota === undefined ? undefined : h('p', { class: 'quota-line' }, quota),
    rest.length > 0
      ? h(
          'details',
          { class: 'more', attributes: { open: isOpen('details.more') } },
          h('summary', { key: 'more reasons' }, page.label('moreEvidence', String(all.length))),
          h('ul', { class: 'evidence' }, ...rest),
        )
      : undefined,
  ];
}

/** An open one stays open across redraws. */
const isOpen = (selector: string): boolean =>
  document.querySelector<HTMLDetailsElement>(selector)?.open ?? false;

function linkList(page: Page, { links }: IncidentDetail): HTMLElement | undefined {
  if (links.length === 0) return undefined;
  return h('ul', { class: 'links' }, ...links.map(link => h('li', {}, pageLink(page, link))));
}

function original({ original: text }: IncidentDetail): HTMLElement | undefined {
  if (text === '') return undefined;
  // Focusable, so that the keyboard can scroll long lines.
  return h('pre', { key: 'original', class: 'original', attributes: { tabindex: '0' } }, text);
}
