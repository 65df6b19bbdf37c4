import type { LedgerSection } from '../core/panel/ledgerSection.ts';
import type { LedgerRequest } from '../core/panel/panelMessages.ts';
import { button, h, redraw, table } from './dom.ts';

const SVG = 'http://www.w3.org/2000/svg';
const [WIDTH, HEIGHT] = [600, 140];
/** Reading four weeks takes some milliseconds: not with every change. */
const ASK_EVERY_MS = 60_000;
/** As many colors as the style sheet has. */
const COLORS = 6;

/** The section "Where it went". Asks for its data and draws it. */
export class LedgerView {
  readonly #send: (request: LedgerRequest) => void;
  readonly #title = h('h2', { attributes: { id: 'title-ledger', tabindex: '-1' } });
  readonly #place = h('div');
  readonly #readout = h('p', { class: 'readout', attributes: { role: 'status' } });
  #request: LedgerRequest = { kind: 'ledger', window: 'week', by: 'agent' };
  #section: LedgerSection | undefined;
  #sort = { column: 1, isDown: true };
  #isTable = false;
  #bar = -1;
  #askedAt = 0;
  #isAsked = false;

  readonly element = h(
    'section',
    { class: 'panel ledger', attributes: { 'aria-labelledby': 'title-ledger', hidden: true } },
    this.#title,
    this.#place,
  );

  constructor(send: (request: LedgerRequest) => void) {
    this.#send = send;
  }

  /** Asks for current data. */
  ask(): void {
    this.#askedAt = Date.now();
    this.#send(this.#request);
  }

  /** Asks when the data may have changed. */
  askAgain(): void {
    if (Date.now() - this.#askedAt >= ASK_EVERY_MS) this.ask();
  }

  /** Shows the hours before an incident, or now. */
  showBefore(incident: string | undefined): void {
    const { incident: _old, ...rest } = this.#request;
    this.#choose(incident === undefined ? rest : { ...rest, window: '5h', incident });
    this.#isAsked = incident !== undefined;
  }

  /** Draws the answer; `isAsked`: and shows it. */
  draw(section: LedgerSection, isAsked = false): void {
    this.#isAsked ||= isAsked;
    this.#section = section;
    this.#bar = Math.min(this.#bar, section.bars.length - 1);
    this.element.hidden = false;
    this.#title.textContent = section.title;
    redraw(this.#place, this.#controls(section), this.#summary(section), ...this.#body(section));
    this.#readOut();
    this.showIfAsked();
  }

  /** Scrolls to the section if the user asked for it, as soon as it is visible. */
  showIfAsked(): void {
    if (!this.#isAsked || !this.#section || this.element.offsetParent === null) return;
    this.#isAsked = false;
    this.element.scrollIntoView();
    this.#title.focus();
  }

  #choose(request: LedgerRequest): void {
    this.#request = request;
    this.#bar = -1;
    this.ask();
  }

  #redraw(): void {
    if (this.#section) this.draw(this.#section);
  }

  #controls({ windows, windowId, groupings, by, labels, bars, before }: LedgerSection) {
    const asOther = this.#isTable ? labels.asChart : labels.asTable;
    return h(
      'div',
      { class: 'filters' },
      before === undefined &&
        this.#segments(labels.window, windows, windowId, id =>
          this.#choose({ ...this.#request, window: id }),
        ),
      this.#segments(labels.groupBy, groupings, by, id =>
        this.#choose({ ...this.#request, by: id as LedgerRequest['by'] }),
      ),
      bars.length > 0 && button(asOther, 'ledger asTable', () => this.#toggleTable(), 'plain'),
      before !== undefined &&
        button(labels.now, 'ledger now', () => this.showBefore(undefined), 'plain'),
    );
  }

  #toggleTable(): void {
    this.#isTable = !this.#isTable;
    this.#redraw();
  }

  #segments(
    label: string,
    choices: LedgerSection['windows'],
    chosen: string,
    press: (id: string) => void,
  ): HTMLElement {
    return h(
      'div',
      { class: 'segments', attributes: { role: 'group', 'aria-label': label } },
      ...choices.map(({ id, name }) => {
        const element = button(name, `ledger ${id}`, () => press(id), 'segment');
        element.setAttribute('aria-pressed', String(id === chosen));
        return element;
      }),
    );
  }

  #summary({ before, summary }: LedgerSection): HTMLElement {
    return h(
      'ul',
      { class: 'ledger-summary' },
      before !== undefined && h('li', {}, h('strong', {}, before)),
      ...summary.map(sentence => h('li', {}, sentence)),
    );
  }

  #body(section: LedgerSection): HTMLElement[] {
    if (section.empty !== undefined) return [h('p', { class: 'empty' }, section.empty)];
    if (section.bars.length === 0) return [this.#table(section)];
    const chart = this.#isTable ? this.#twin(section) : this.#chart(section);
    return [chart, this.#table(section)];
  }

  #twin({ labels, series, bars }: LedgerSection): HTMLElement {
    const head = [labels.time, ...series.map(({ name }) => name)];
    const rows = bars.toReversed().map(({ time, words }) => [time, ...words]);
    return scrolled(labels.chart, 'ledger twin', table(labels.chart, head, rows));
  }

  #chart({ labels, series, bars }: LedgerSection): HTMLElement {
    const svg = document.createElementNS(SVG, 'svg');
    set(svg, {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      preserveAspectRatio: 'none',
      'aria-hidden': 'true',
    });
    const highest = Math.max(1e-9, ...bars.map(({ values }) => sum(values)));
    const step = WIDTH / Math.max(1, bars.length);
    bars.forEach(({ values }, index) => {
      let top = HEIGHT;
      values.forEach((value, i) => {
        const height = (value / highest) * (HEIGHT - 4);
        top -= height;
        const rect = document.createElementNS(SVG, 'rect');
        const box = { x: index * step + 1, y: top, width: Math.max(1, step - 2), height };
        set(rect, { ...box, class: colorOf(series, i) });
        if (height > 0) svg.append(rect);
      });
    });
    const marker = document.createElementNS(SVG, 'rect');
    set(marker, { class: 'ledger-marker', y: 0, height: HEIGHT, width: step, x: this.#bar * step });
    if (this.#bar >= 0) svg.append(marker);
    const pointed = ({ offsetX }: MouseEvent): void =>
      this.#point(Math.floor((offsetX / Math.max(1, canvas.clientWidth)) * bars.length));
    const canvas = h('div', {
      key: 'ledger chart',
      class: 'ledger-chart',
      attributes: { tabindex: '0', role: 'img', 'aria-label': labels.chart },
      on: { keydown: event => this.#move(event), mousemove: pointed },
    });
    canvas.append(svg);
    const [first, last] = [bars[0]?.time ?? '', bars.at(-1)?.time ?? ''];
    const axis = h('p', { class: 'ledger-axis soft' }, h('span', {}, first), h('span', {}, last));
    return h('div', {}, legend(series), canvas, axis, this.#readout);
  }

  #move(event: KeyboardEvent): void {
    const last = (this.#section?.bars.length ?? 0) - 1;
    const from = this.#bar < 0 ? last + 1 : this.#bar;
    const to = { ArrowLeft: from - 1, ArrowRight: from + 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.#point(to);
  }

  #point(index: number): void {
    const last = (this.#section?.bars.length ?? 0) - 1;
    const bar = Math.max(0, Math.min(last, index));
    if (bar === this.#bar) return;
    this.#bar = bar;
    const marker = this.#place.querySelector('.ledger-marker');
    if (marker) set(marker, { x: (bar * WIDTH) / (last + 1) });
    else return this.#redraw();
    this.#readOut();
  }

  #readOut(): void {
    const bar = this.#section?.bars[this.#bar];
    const parts = this.#section?.series.flatMap(({ name }, i) =>
      bar && (bar.values[i] ?? 0) > 0 ? [`${name}: ${bar.words[i]}`] : [],
    );
    this.#readout.textContent = bar ? [bar.time, ...(parts ?? [])].join(' · ') : '';
  }

  #table({ labels, columns, rows }: LedgerSection): HTMLElement {
    const { column, isDown } = this.#sort;
    const sorted = rows.toSorted(
      (a, b) => compare(a.sortBy[column]!, b.sortBy[column]!) * (isDown ? -1 : 1),
    );
    const element = table(
      labels.table,
      columns,
      sorted.map(({ cells }) => cells),
    );
    element.classList.add('ledger-table');
    element.querySelectorAll('thead th').forEach((head, index) => {
      const isOn = index === column;
      head.setAttribute('aria-sort', isOn ? (isDown ? 'descending' : 'ascending') : 'none');
      head.replaceChildren(
        button(
          `${columns[index]}`,
          `ledger sort ${index}`,
          () => this.#sortBy(index),
          'plain sort',
        ),
      );
    });
    return scrolled(labels.table, 'ledger table', element);
  }

  #sortBy(column: number): void {
    const { column: before, isDown } = this.#sort;
    this.#sort = { column, isDown: column === before ? !isDown : column > 0 };
    this.#redraw();
  }
}

function scrolled(label: string, key: string, content: HTMLElement): HTMLElement {
  const attributes = { tabindex: '0', role: 'region', 'aria-label': label };
  return h('div', { key, class: 'scrolled', attributes }, content);
}

function legend(series: LedgerSection['series']): HTMLElement {
  const items = series.map(({ name }, i) => {
    const sign = document.createElementNS(SVG, 'svg');
    set(sign, { class: 'ledger-sign', viewBox: '0 0 10 10', 'aria-hidden': 'true' });
    const rect = document.createElementNS(SVG, 'rect');
    set(rect, { width: 10, height: 10, class: colorOf(series, i) });
    sign.append(rect);
    return h('li', {}, sign, name);
  });
  return h('ul', { class: 'ledger-legend', attributes: { 'aria-hidden': 'true' } }, ...items);
}

const colorOf = (series: LedgerSection['series'], index: number): string =>
  series[index]?.isUnexplained ? 'ledger-unexplained' : `ledger-${index % COLORS}`;

function set(element: Element, attributes: Readonly<Record<string, string | number>>): void {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
}

const sum = (values: readonly number[]): number => values.reduce((all, each) => all + each, 0);

const compare = (a: number | string, b: number | string): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b));
