import type { PanelAccount, PanelWindow, PresentSection, Tone } from '../core/panel/panelState.ts';
import { emptyState, h, icon, list, type Page, table } from './dom.ts';

const icons: Readonly<Record<Tone, string>> = {
  good: 'pass',
  low: 'warning',
  spent: 'error',
  unknown: 'question',
};

/**
 * The current quota: each account with its windows, requests in flight, and whether to start
 * agents.
 */
export function presentView(page: Page, section: PresentSection): HTMLElement[] {
  const { accounts, inFlight, start, limits, facts, empty } = section;
  return [
    ...(empty ? [emptyState(page, empty)] : []),
    ...(start
      ? [h('p', { class: `start tone-${start.tone}` }, icon(icons[start.tone]), start.text)]
      : []),
    ...accounts.map(account => accountView(page, account)),
    ...(inFlight ? [runningView(page, inFlight)] : []),
    ...(limits ? [limitsView(page, limits)] : []),
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

/** Hidden from screen readers: the text next to it says the same. */
function bar(percent: number): HTMLElement {
  const fill = h('div', { class: 'bar-fill' });
  // The page's policy blocks style attributes, but not style properties.
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

function limitsView(
  page: Page,
  { title, rows }: NonNullable<PresentSection['limits']>,
): HTMLElement {
  const heads = (['limit', 'limitValue', 'limitUsed', 'limitSource'] as const).map(name =>
    page.label(name),
  );
  const cells = rows.map(({ name, limit, used, source }) => [name, limit, used, source]);
  return h('article', { class: 'limits' }, h('h3', {}, title), table(title, heads, cells));
}
