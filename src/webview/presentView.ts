import type { PanelAccount, PanelWindow, PresentSection, Tone } from '../core/panel/panelState.ts';
import { emptyState, h, icon, list, type Page } from './dom.ts';

const icons: Readonly<Record<Tone, string>> = {
  good: 'pass',
  low: 'warning',
  spent: 'error',
  unknown: 'question',
};

/** What is left now: each account with its windows, what runs, and whether to start. */
export function presentView(page: Page, section: PresentSection): HTMLElement[] {
  const { accounts, inFlight, start, facts, empty } = section;
  return [
    ...(empty ? [emptyState(page, empty)] : []),
    ...(start
      ? [h('p', { class: `start tone-${start.tone}` }, icon(icons[start.tone]), start.text)]
      : []),
    ...accounts.map(account => accountView(page, account)),
    ...(inFlight ? [runningView(page, inFlight)] : []),
    ...[list(facts, 'facts')].filter(it => it !== undefined),
  ];
}

function accountView(page: Page, account: PanelAccount): HTMLElement {
  const { name, plan, sentences, windows, facts } = account;
  return h(
    'article',
    { class: 'account' },
    h(
      'h3',
      {},
      name,
      plan !== undefined && ' ',
      plan !== undefined && h('span', { class: 'plan' }, plan),
    ),
    ...sentences.map(sentence => h('p', { class: 'sentence' }, sentence)),
    windows.length > 0 && h('ul', { class: 'windows' }, ...windows.map(it => windowView(page, it))),
    list(facts, 'facts'),
  );
}

function windowView(page: Page, window: PanelWindow): HTMLElement {
  const { name, share, reset, tone, isBinding, remainingPercent } = window;
  return h(
    'li',
    { class: `window tone-${tone}` },
    h(
      'div',
      { class: 'window-line' },
      h(
        'span',
        { class: 'window-name' },
        name,
        isBinding && h('span', { class: 'badge' }, page.label('binding')),
      ),
      h('span', { class: 'window-share' }, icon(icons[tone]), share),
    ),
    remainingPercent === undefined
      ? h('div', { class: 'bar bar-unknown', attributes: { 'aria-hidden': 'true' } })
      : bar(remainingPercent),
    h('div', { class: 'window-reset' }, reset),
  );
}

/** The words beside it say the same: it is for the eye alone. */
function bar(percent: number): HTMLElement {
  const fill = h('div', { class: 'bar-fill' });
  // A style attribute would be refused by the page's policy; a property is not.
  fill.style.width = `${Math.max(percent > 0 ? 1 : 0, percent)}%`;
  return h('div', { class: 'bar', attributes: { 'aria-hidden': 'true' } }, fill);
}

function runningView(
  page: Page,
  { text, agents }: NonNullable<PresentSection['inFlight']>,
): HTMLElement {
  return h(
    'article',
    { class: 'running' },
    h('h3', {}, page.label('inFlight')),
    h('p', {}, text),
    list(
      agents.map(({ name, count }) => `${name}: ${count}`),
      'facts',
    ),
  );
}
