import type { IncidentRow, IncidentSection } from '../core/panel/panelState.ts';
import { button, emptyState, h, icon, type Page } from './dom.ts';

/** More are drawn only on request, because each change redraws all visible incidents. */
const FIRST_ROWS = 60;

/** The list of incidents, newest first, with filters. */
export function incidentList(page: Page, section: IncidentSection): HTMLElement[] {
  if (section.empty) return [emptyState(page, section.empty)];
  const rows = section.rows.filter(row => fits(page, row));
  const shown = page.memory.isWhole ? rows : rows.slice(0, FIRST_ROWS);
  return [
    filters(page, section),
    rows.length === 0
      ? h('p', { class: 'empty' }, page.label('noneMatch'))
      : h('ul', { class: 'incidents' }, ...shown.map(row => rowView(page, row))),
    ...(shown.length < rows.length
      ? [
          button(page.label('showAll', String(rows.length)), 'showAll', () =>
            page.remember({ isWhole: true }),
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

function filters(page: Page, { agents, causes }: IncidentSection): HTMLElement {
  const { memory } = page;
  return h(
    'div',
    { class: 'filters' },
    choice(page, 'filterAgent', {
      options: agents,
      value: memory.agent,
      choose: agent => page.remember({ agent }),
    }),
    choice(page, 'filterCause', {
      options: causes,
      value: memory.cause,
      choose: cause => page.remember({ cause }),
    }),
    h(
      'label',
      { class: 'check' },
      h('input', {
        key: 'filterOpen',
        attributes: { type: 'checkbox', checked: memory.isOpenOnly },
        on: { change: () => page.remember({ isOpenOnly: !memory.isOpenOnly }) },
      }),
      page.label('filterOpen'),
    ),
  );
}

interface Choice {
  readonly options: readonly string[];
  readonly value: string;
  readonly choose: (value: string) => void;
}

function choice(
  page: Page,
  name: 'filterAgent' | 'filterCause',
  { options, value, choose }: Choice,
): HTMLElement {
  // A selected name stays in the list after its last incident has disappeared.
  const values = ['', ...new Set([...options, ...(value === '' ? [] : [value])])];
  const select = h(
    'select',
    { key: name, on: { change: () => choose(select.value) } },
    ...values.map(option =>
      h('option', { attributes: { value: option } }, option === '' ? page.label('all') : option),
    ),
  );
  select.value = value;
  return h('label', {}, h('span', {}, page.label(name)), select);
}

function rowView(page: Page, row: IncidentRow): HTMLElement {
  return h(
    'li',
    {},
    h(
      'button',
      {
        key: `incident ${row.id}`,
        class: `incident${row.isOpen ? ' is-open' : ''}`,
        attributes: { type: 'button' },
        on: { click: () => page.openIncident(row.id) },
      },
      icon(row.isOpen ? 'pulse' : 'history'),
      h(
        'span',
        { class: 'incident-text' },
        h('span', { class: 'incident-title' }, row.title),
        h('span', { class: 'incident-when' }, [row.when, row.agents.join(', ')].join(' · ')),
      ),
      h(
        'span',
        { class: 'incident-state' },
        h('span', { class: 'badge' }, row.certainty),
        h('span', {}, row.state),
      ),
    ),
  );
}
