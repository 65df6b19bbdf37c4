import type { IncidentRow, IncidentSection } from '../core/panel/panelState.ts';
import { button, emptyState, h, type Page } from './dom.ts';
import { icon } from './icons.ts';

/** More are drawn only on request, because each change redraws all visible incidents. */
const FIRST_ROWS = 60;
/** In the narrow view. */
const RECENT_ROWS = 5;

/** The incidents by day, the newest first, with filters. */
export function incidentList(page: Page, section: IncidentSection): HTMLElement[] {
  if (section.empty) return [emptyState(page, section.empty)];
  if (page.isView) return groups(page, section.rows.slice(0, RECENT_ROWS));
  const rows = section.rows.filter(row => fits(page, row));
  const shown = page.memory.isWhole ? rows : rows.slice(0, FIRST_ROWS);
  return [
    filters(page, section),
    ...(rows.length === 0
      ? [h('p', { class: 'empty' }, page.label('noneMatch'))]
      : groups(page, shown)),
    ...(shown.length < rows.length
      ? [
          button(
            page.label('showAll', String(rows.length)),
            'showAll',
            () => page.remember({ isWhole: true }),
            'secondary',
          ),
        ]
      : []),
  ];
}

function fits({ memory: { agent, cause, isOpenOnly } }: Page, row: IncidentRow): boolean {
  return (
    (agent === '' || row.agents.includes(agent)) &&
    (cause === '' || row.cause === cause) &&
    (!isOpenOnly || row.isOpen)
  );
}

function filters(page: Page, { rows, agents, causes }: IncidentSection): HTMLElement {
  const { agent, cause, isOpenOnly } = page.memory;
  const open = rows.filter(({ isOpen }) => isOpen).length;
  const isAll = agent === '' && cause === '' && !isOpenOnly;
  // A selected name stays after its last incident has disappeared.
  const names = [...new Set([...agents, ...(agent === '' ? [] : [agent])])];
  return h(
    'div',
    { class: 'filters', attributes: { role: 'group', 'aria-label': page.label('filters') } },
    chip(page.label('all'), isAll, 'filterAll', () =>
      page.remember({ agent: '', cause: '', isOpenOnly: false }),
    ),
    (open > 0 || isOpenOnly) &&
      chip(`${page.label('filterOpen')} ${open}`, isOpenOnly, 'filterOpen', () =>
        page.remember({ isOpenOnly: !isOpenOnly }),
      ),
    ...(names.length > 1 || agent !== ''
      ? names.map(name =>
          chip(name, agent === name, `filterAgent ${name}`, () =>
            page.remember({ agent: agent === name ? '' : name }),
          ),
        )
      : []),
    causes.length > 0 &&
      cause !== '' &&
      chip(`${cause} ×`, true, 'filterCause', () => page.remember({ cause: '' })),
  );
}

function chip(text: string, isOn: boolean, key: string, press: () => void): HTMLElement {
  const element = button(text, key, press, 'chip');
  element.setAttribute('aria-pressed', String(isOn));
  return element;
}

/** One list per day. */
function groups(page: Page, rows: readonly IncidentRow[]): HTMLElement[] {
  const days = new Map<string, IncidentRow[]>();
  for (const row of rows) days.set(row.day, [...(days.get(row.day) ?? []), row]);
  return [...days].map(([day, those]) =>
    h(
      'section',
      { class: 'day' },
      h('h3', {}, day),
      h('ul', { class: 'incidents' }, ...those.map(row => rowView(page, row))),
    ),
  );
}

function rowView(page: Page, row: IncidentRow): HTMLElement {
  const { id, title, kind, when, count, agents, isOpen, state, spoken } = row;
  return h(
    'li',
    {},
    h(
      'button',
      {
        key: `incident ${id}`,
        class: `incident${isOpen ? ' is-open' : ''}`,
        attributes: { type: 'button' },
        on: { click: () => page.openIncident(id) },
      },
      h('span', { class: 'sign' }, icon(kind)),
      h(
        'span',
        { class: 'incident-text' },
        h('span', { class: 'incident-title' }, title),
        ' ',
        h('span', { class: 'soft incident-facts' }, [count, ...agents].join(' · ')),
      ),
      h('span', { class: 'soft incident-when' }, when),
      h('span', { class: 'incident-state' }, state),
      h('span', { class: 'spoken' }, `, ${spoken}`),
    ),
  );
}
