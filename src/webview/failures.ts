import type { FailureSection } from '../core/panel/panelState.ts';
import { h, type Page } from './dom.ts';

/** Failures by cause as bars; a press filters the incidents. */
export function failuresView(page: Page, { rows, insight }: FailureSection): HTMLElement[] {
  const most = Math.max(1, ...rows.map(({ count }) => count));
  return [
    h('ul', { class: 'causes' }, ...rows.map(row => causeView(page, row, most))),
    ...(insight === '' ? [] : [h('p', { class: 'insight' }, insight)]),
  ];
}

function causeView(
  page: Page,
  { cause, count }: FailureSection['rows'][number],
  most: number,
): HTMLElement {
  const isOn = page.memory.cause === cause;
  const fill = h('span', { class: 'cause-fill' });
  fill.style.width = `${(count / most) * 100}%`;
  return h(
    'li',
    {},
    h(
      'button',
      {
        key: `cause ${cause}`,
        class: 'cause-row',
        attributes: { type: 'button', 'aria-pressed': String(isOn) },
        on: { click: () => page.remember({ cause: isOn ? '' : cause }) },
      },
      h('span', {}, cause),
      h('span', { class: 'cause-bar', attributes: { 'aria-hidden': 'true' } }, fill),
      h('span', { class: 'soft' }, String(count)),
    ),
  );
}
