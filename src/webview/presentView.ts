import type {
  AccountTab,
  PanelAccount,
  PanelBanner,
  PanelCard,
  PanelSlots,
  PresentSection,
} from '../core/panel/panelState.ts';
import { actionButton, button, codeToCopy, emptyState, h, list, type Page, table } from './dom.ts';
import { icon } from './icons.ts';

/** More slots than this are drawn as a bar. */
const MOST_SQUARES = 60;
/** Colours of the agents in the meter of slots. */
const AGENT_COLOURS = 4;

/** Header, banner with the meter of slots, and a card for each number. */
export function presentView(page: Page, section: PresentSection): HTMLElement[] {
  const { account, banner, slots, tabs, facts, empty } = section;
  return [
    header(page, account, tabs),
    ...(empty ? [emptyState(page, empty)] : []),
    ...(banner ? [bannerView(page, banner, slots)] : slots ? [slotsView(slots)] : []),
    ...(account && account.cards.length > 0
      ? [h('ul', { class: 'cards' }, ...account.cards.map(card => cardView(page, card)))]
      : []),
    ...[list(facts, 'facts')].filter(it => it !== undefined),
  ];
}

function header(
  page: Page,
  account: PanelAccount | undefined,
  tabs: readonly AccountTab[],
): HTMLElement {
  const refresh = button(
    '',
    'refresh',
    () => page.send({ kind: 'command', command: 'refresh' }),
    'ghost',
  );
  refresh.setAttribute('aria-label', page.label('refresh'));
  refresh.title = page.label('refresh');
  refresh.append(icon('refresh'));
  return h(
    'header',
    { class: 'head' },
    h('h1', {}, account?.name ?? 'Kimi Quota'),
    account?.plan !== undefined && h('span', { class: 'chip' }, account.plan),
    tabs.length > 1 && tabList(page, tabs),
    account && h('span', { class: 'updated' }, account.updated, ' ', refresh),
  );
}

function tabList(page: Page, tabs: readonly AccountTab[]): HTMLElement {
  return h(
    'div',
    { class: 'segments', attributes: { role: 'group', 'aria-label': page.label('accounts') } },
    ...tabs.map(({ id, name, figure, isOn }) => {
      const text = figure === '' ? name : `${name} · ${figure}`;
      const element = button(text, `account ${id}`, () => chooseAccount(page, id), 'segment');
      element.setAttribute('aria-pressed', String(isOn));
      return element;
    }),
  );
}

function chooseAccount(page: Page, id: string): void {
  page.remember({ account: id });
  page.send({ kind: 'account', id });
}

function bannerView(page: Page, banner: PanelBanner, slots: PanelSlots | undefined): HTMLElement {
  const { tone, title, meta, text, retryAt, fix, actions } = banner;
  return h(
    'section',
    { class: `banner tone-${tone}`, attributes: { 'aria-label': page.label('now') } },
    h('span', { class: 'sign' }, icon(tone)),
    h(
      'div',
      { class: 'banner-text' },
      h('h2', {}, title, meta !== undefined && ' ', meta !== undefined && h('small', {}, meta)),
      (text !== '' || retryAt !== undefined) && retryLine(text, retryAt),
      (fix !== undefined || actions.length > 0) &&
        h(
          'p',
          { class: 'buttons' },
          fix && h('span', { class: 'soft' }, fix.label),
          fix && codeToCopy(page, fix.code, 'banner'),
          actions.length > 0 &&
            h(
              'span',
              { class: 'choices' },
              ...actions.map(action => actionButton(page, action, 'secondary')),
            ),
        ),
    ),
    slots && slotsView(slots),
  );
}

/** `countdown.ts` fills the empty element. */
export function retryLine(text: string, retryAt: number | undefined): HTMLElement {
  return h(
    'p',
    {},
    h('span', {}, text),
    retryAt !== undefined && ' ',
    retryAt !== undefined &&
      h('span', { class: 'countdown', attributes: { 'data-retry-at': String(retryAt) } }),
  );
}

/** One square per parallel slot, by agent; red beyond the limit. */
function slotsView({ text, inUse, limit, agents }: PanelSlots): HTMLElement {
  const total = Math.max(inUse, limit ?? 0);
  const owners = agents.flatMap(({ count }, index) =>
    Array.from({ length: count }, () => index % AGENT_COLOURS),
  );
  const squares = Array.from({ length: Math.min(total, MOST_SQUARES) }, (_, index) => {
    const isOver = limit !== undefined && index >= limit;
    const owner = index < inUse ? `agent-${owners[index] ?? 0}` : 'free';
    return h('i', { class: isOver ? 'over' : owner });
  });
  return h(
    'div',
    { class: 'slots' },
    h('div', { class: 'squares', attributes: { 'aria-hidden': 'true' } }, ...squares),
    h('p', { class: limit !== undefined && inUse > limit ? 'is-over' : '' }, text),
    agents.length > 0 &&
      h(
        'ul',
        { class: 'agents' },
        ...agents.map(({ name, count }, index) =>
          h('li', { class: `key-${index % AGENT_COLOURS}` }, `${name} ${count}`),
        ),
      ),
  );
}

function cardView(page: Page, card: PanelCard): HTMLElement {
  const { id, name, head, value, unit, tone, pace, notes, badge } = card;
  return h(
    'li',
    { class: `card tone-${tone}`, attributes: { 'data-card': id } },
    h(
      'div',
      { class: 'card-head' },
      h('h2', {}, name),
      badge !== undefined && h('span', { class: 'chip' }, badge),
    ),
    h('p', { class: 'figure' }, h('strong', {}, value), unit !== '' && ` ${unit}`),
    bar(page, card),
    head !== '' && h('p', { class: 'soft card-reset' }, head),
    pace && h('p', { class: `pace tone-${pace.tone}` }, pace.text),
    ...notes.map(note => h('p', { class: 'soft note' }, note)),
  );
}

/** Hidden from screen readers: the text next to it says the same. */
function bar(page: Page, { percent, evenPercent, value }: PanelCard): HTMLElement | undefined {
  if (percent === undefined)
    return /\d/.test(value)
      ? undefined
      : h('div', { class: 'bar bar-unknown', attributes: { 'aria-hidden': 'true' } });
  const fill = h('div', { class: 'bar-fill' });
  // The page's policy blocks style attributes, but not style properties.
  fill.style.width = `${Math.max(percent > 0 ? 1 : 0, percent)}%`;
  const element = h('div', { class: 'bar', attributes: { 'aria-hidden': 'true' } }, fill);
  if (evenPercent !== undefined) {
    const mark = h('div', { class: 'bar-mark', attributes: { title: page.label('evenPace') } });
    mark.style.left = `${evenPercent}%`;
    element.append(mark);
  }
  return element;
}

/** The machines of the account, as a table. */
export function teamView({ team }: PresentSection): HTMLElement[] {
  if (!team) return [];
  const { title, summary, columns, rows } = team;
  const sentences = list(summary, 'team-summary');
  return [
    h(
      'section',
      { class: 'panel team' },
      h('h2', {}, title),
      sentences,
      rows.length > 0 && table(title, columns, rows),
    ),
  ];
}

/** What is known of the limits, as a table. */
export function limitsView(page: Page, { limits }: PresentSection): HTMLElement[] {
  if (!limits) return [];
  const { title, rows } = limits;
  const heads = (['limit', 'limitValue', 'limitUsed', 'limitSource'] as const).map(name =>
    page.label(name),
  );
  const cells = rows.map(({ name, limit, used, source }) => [name, limit, used, source]);
  return [h('section', { class: 'panel limits' }, h('h2', {}, title), table(title, heads, cells))];
}
