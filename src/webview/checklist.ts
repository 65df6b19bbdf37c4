import type { DiagnosisPart, IncidentDetail, PanelCheck } from '../core/panel/panelState.ts';
import { button, h, list, type Page, pageLink } from './dom.ts';

/** The direct test, the checklists and the ids of an incident; empty for an error text. */
export function diagnosisView(page: Page, { id, diagnosis }: IncidentDetail): HTMLElement[] {
  if (!diagnosis) return [];
  return [
    ...(diagnosis.testLabel === undefined
      ? []
      : [section(page.label('directTest'), directView(page, id, diagnosis))]),
    ...diagnosis.checklists.map(({ title, rows }) =>
      section(`${page.label('checklist')}: ${title}`, [
        h('ul', { class: 'checklist' }, ...rows.map(row => checkView(page, id, row))),
      ]),
    ),
    ...(diagnosis.ids.length > 0
      ? [section(page.label('ids'), [list(diagnosis.ids, 'facts ids')!])]
      : []),
  ];
}

const section = (title: string, content: readonly HTMLElement[]): HTMLElement =>
  h('section', {}, h('h2', {}, title), ...content);

function directView(
  page: Page,
  id: string,
  { direct, testLabel = '' }: DiagnosisPart,
): HTMLElement[] {
  const press = () => page.send({ kind: 'diagnose', id, action: 'testAccount' });
  const test = h('p', { class: 'buttons' }, button(testLabel, `testAccount ${id}`, press));
  if (!direct) return [h('p', { class: 'direct' }, page.label('directHint')), test];
  const { title, outcome, evidence, next } = direct;
  return [
    h('p', { class: 'direct' }, h('strong', {}, `${title}. `), `${outcome} ${next}`),
    list(evidence, 'evidence')!,
    test,
  ];
}

function checkView(page: Page, id: string, row: PanelCheck): HTMLElement {
  const { id: step, text, found, state, isTicked, stateWord, link, action } = row;
  const box = h('input', {
    key: `tick ${step}`,
    attributes: {
      type: 'checkbox',
      id: `tick-${step}`,
      checked: isTicked || state === 'done',
      // Found done: nothing to tick.
      disabled: state === 'done',
    },
    on: { change: event => page.send(tickOf(id, step, event)) },
  });
  return h(
    'li',
    { class: `check check-${isTicked ? 'done' : state}` },
    box,
    h('label', { attributes: { for: `tick-${step}` } }, text),
    ' ',
    h('span', { class: 'check-found' }, stateWord === '' ? found : `(${stateWord}) ${found}`),
    ...(link ? [' ', pageLink(page, link)] : []),
    ...(action && action.id !== 'testAccount'
      ? [
          ' ',
          button(
            action.label,
            `${action.id} ${step}`,
            () => page.send({ kind: 'diagnose', id, action: action.id }),
            'secondary',
          ),
        ]
      : []),
  );
}

function tickOf(id: string, step: PanelCheck['id'], { target }: Event) {
  const isDone = target instanceof HTMLInputElement && target.checked;
  return { kind: 'tick', id, step, isDone } as const;
}
