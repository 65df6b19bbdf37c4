import type { HistorySection, HistorySpan } from '../core/panel/panelState.ts';
import { Chart, valueText } from './chart.ts';
import { button, emptyState, h, type Page, redraw, table } from './dom.ts';
import { HISTORY_SPANS } from './memory.ts';

/** Every n-th point and the last: a screen reader would take minutes for all. */
const MOST_ROWS = 48;

/** The history as a chart or as a table. */
export class HistoryView {
  readonly #page: Page;
  readonly #place: HTMLElement;
  #chart: Chart | undefined;

  constructor(page: Page, place: HTMLElement) {
    this.#page = page;
    this.#place = place;
  }

  draw(section: HistorySection): void {
    this.#chart?.dispose();
    this.#chart = undefined;
    const body = section.empty ? emptyState(this.#page, section.empty) : this.#body(section);
    redraw(this.#place, this.#controls(section), body, this.#marks(section));
  }

  #body(section: HistorySection): HTMLElement {
    if (this.#page.memory.isTable) return historyTable(this.#page, section);
    this.#chart = new Chart(this.#page, section, Math.max(240, this.#place.clientWidth));
    return this.#chart.element;
  }

  #controls(section: HistorySection): HTMLElement {
    const page = this.#page;
    const { isTable } = page.memory;
    return h(
      'div',
      { class: 'filters' },
      h(
        'div',
        { class: 'segments', attributes: { role: 'group', 'aria-label': page.label('history') } },
        ...HISTORY_SPANS.map(span =>
          segment(page.label(`span${span}`), span === section.span, `span ${span}`, () =>
            choose(page, span),
          ),
        ),
      ),
      section.empty === undefined &&
        button(
          page.label(isTable ? 'showAsChart' : 'showAsTable'),
          'asTable',
          () => page.remember({ isTable: !isTable }),
          'plain',
        ),
    );
  }

  /** The legend of the triangles, and keyboard access to each incident. */
  #marks({ incidents }: HistorySection): HTMLElement | undefined {
    if (incidents.length === 0) return undefined;
    const shown = incidents.slice(-3);
    return h(
      'ul',
      { class: 'marks' },
      ...shown.map(({ id, title }) =>
        h(
          'li',
          {},
          button(title, `mark ${id}`, () => this.#page.openIncident(id), 'plain mark'),
        ),
      ),
    );
  }
}

function choose(page: Page, span: HistorySpan): void {
  page.remember({ span });
  page.send({ kind: 'span', span });
}

function segment(text: string, isOn: boolean, key: string, press: () => void): HTMLElement {
  const element = button(text, key, press, 'segment');
  element.setAttribute('aria-pressed', String(isOn));
  return element;
}

function historyTable(page: Page, { times, timeWords, series }: HistorySection): HTMLElement {
  const every = Math.max(1, Math.ceil(times.length / MOST_ROWS));
  const rows = times
    .map((_, index) => index)
    .filter(index => index % every === 0 || index === times.length - 1)
    .filter(index => series.some(({ values }) => typeof values[index] === 'number'))
    .toReversed()
    .map(index => [timeWords[index] ?? '', ...series.map(one => valueText(one, index))]);
  return h(
    'div',
    {
      key: 'table',
      class: 'scrolled',
      attributes: { tabindex: '0', role: 'region', 'aria-label': page.label('chart') },
    },
    table(page.label('chart'), [page.label('time'), ...series.map(({ name }) => name)], rows),
  );
}
