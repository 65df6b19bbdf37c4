import uPlot from 'uplot';
import type { HistorySection, HistorySeries, HistorySpan } from '../core/panel/panelState.ts';
import { button, emptyState, h, HISTORY_SPANS, type Page, redraw, table } from './dom.ts';

const HEIGHT = 220;
/** Width of an axis label with its margin, in pixels. */
const LABEL_PX = 90;
/** Each series has its own pattern in addition to its color. */
const PATTERNS = [[], [8, 4], [2, 3], [10, 3, 2, 3]] as const;
const RESET_PATTERN = [2, 4] as const;
const COLOURS = ['blue', 'green', 'yellow', 'purple'] as const;

/** The history of each window on a canvas; the values at the pointer are listed below. */
export class Chart {
  readonly element: HTMLElement;
  readonly #readout: HTMLElement;
  readonly #section: HistorySection;
  readonly #plot: uPlot;
  readonly #resizing: ResizeObserver;
  readonly #theming: MutationObserver;

  constructor(page: Page, section: HistorySection, width: number) {
    this.#section = section;
    const canvas = h('div', {
      key: 'chart',
      class: 'chart',
      attributes: { tabindex: '0', role: 'img', 'aria-label': page.label('chart') },
      on: { keydown: event => this.#move(event) },
    });
    this.#readout = h('p', { class: 'readout', attributes: { role: 'status' } });
    this.element = h('div', {}, legend(page, section.series), canvas, this.#readout);
    const { times, series } = section;
    this.#plot = new uPlot(
      this.#options(width),
      [times.map(at => at / 1000), ...series.map(({ remainingPercent }) => [...remainingPercent])],
      canvas,
    );
    this.#read(undefined);
    this.#resizing = new ResizeObserver(([entry]) => {
      if (entry && entry.contentRect.width > 0)
        this.#plot.setSize({ width: entry.contentRect.width, height: HEIGHT });
    });
    this.#resizing.observe(canvas);
    // The canvas doesn't follow theme changes automatically.
    this.#theming = new MutationObserver(() => this.#plot.redraw(true, true));
    this.#theming.observe(document.body, { attributeFilter: ['class'] });
  }

  dispose(): void {
    this.#resizing.disconnect();
    this.#theming.disconnect();
    this.#plot.destroy();
  }

  #options(width: number): uPlot.Options {
    const { from, to, span, series, ticks } = this.#section;
    const texts = new Map(ticks.map(({ at, text }) => [at / 1000, text]));
    const axis = {
      stroke: () => themed('--vscode-foreground'),
      grid: { stroke: gridColour, width: 1 },
      ticks: { show: false },
      font: `12px ${themed('--vscode-font-family')}`,
    };
    return {
      width,
      height: HEIGHT,
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false } },
      scales: { x: { range: [from / 1000, to / 1000] }, y: { range: [0, 100] } },
      axes: [
        {
          ...axis,
          size: 28,
          splits: plot => thinned([...texts.keys()], plot.width),
          values: (_, splits) => splits.map(split => texts.get(split) ?? ''),
        },
        { ...axis, size: 48, values: (_, splits) => splits.map(split => `${split}%`) },
      ],
      series: [
        {},
        ...series.map(({ id }, index) => ({
          stroke: () => colourOf(index),
          // The 5-hour quota changes too often to be drawn in front in a week.
          width: span !== '24h' && id === '5h' ? 1 : 2,
          dash: scaled(PATTERNS[index % PATTERNS.length] ?? []),
        })),
      ],
      hooks: {
        draw: [plot => this.#drawMarks(plot)],
        setCursor: [plot => this.#read(plot.cursor.idx ?? undefined)],
      },
    };
  }

  /** Arrow keys move the pointer along the chart. */
  #move(event: KeyboardEvent): void {
    const { times } = this.#section;
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined || times.length === 0) return;
    event.preventDefault();
    const last = times.length - 1;
    const index = Math.min(last, Math.max(0, (this.#plot.cursor.idx ?? last) + step));
    this.#plot.setCursor({ left: this.#plot.valToPos(times[index]! / 1000, 'x'), top: 0 });
  }

  /** The values at the pointer; without one, the newest. */
  #read(index = this.#section.times.length - 1): void {
    const { series, timeWords } = this.#section;
    this.#readout.textContent =
      timeWords[index] === undefined
        ? ''
        : [
            timeWords[index],
            ...series.map(({ name, remainingPercent }) => {
              const percent = remainingPercent[index];
              return `${name} ${percent === null || percent === undefined ? '–' : `${Math.floor(percent)}%`}`;
            }),
          ].join(' · ');
  }

  #drawMarks(plot: uPlot): void {
    const { ctx, bbox } = plot;
    const { series, incidents, times } = this.#section;
    const x = (at: number): number => plot.valToPos(at / 1000, 'x', true);
    ctx.save();
    for (const [index, { resets, remainingPercent }] of series.entries()) {
      ctx.strokeStyle = ctx.fillStyle = colourOf(index);
      for (const dot of dotsOf(remainingPercent))
        circle(ctx, x(times[dot]!), plot.valToPos(remainingPercent[dot]!, 'y', true));
      ctx.setLineDash(scaled(RESET_PATTERN));
      ctx.lineWidth = uPlot.pxRatio;
      for (const at of resets) line(ctx, x(at), bbox.top, bbox.top + bbox.height);
    }
    ctx.fillStyle = themed('--vscode-errorForeground');
    for (const { at } of incidents) triangle(ctx, x(at), bbox.top + bbox.height);
    ctx.restore();
  }
}

/** A single value has no line; the newest value gets a dot. */
function dotsOf(values: readonly (number | null)[]): number[] {
  const known = (index: number): boolean => typeof values[index] === 'number';
  const last = values.findLastIndex((_, index) => known(index));
  return [...values.keys()].filter(
    index => known(index) && (index === last || !(known(index - 1) || known(index + 1))),
  );
}

function circle(ctx: CanvasRenderingContext2D, x: number, y: number): void {
  ctx.beginPath();
  ctx.arc(x, y, 3 * uPlot.pxRatio, 0, 2 * Math.PI);
  ctx.fill();
}

function line(ctx: CanvasRenderingContext2D, x: number, top: number, bottom: number): void {
  ctx.beginPath();
  ctx.moveTo(x, top);
  ctx.lineTo(x, bottom);
  ctx.stroke();
}

function triangle(ctx: CanvasRenderingContext2D, x: number, bottom: number): void {
  const size = 6 * uPlot.pxRatio;
  ctx.beginPath();
  ctx.moveTo(x, bottom - 2 * size);
  ctx.lineTo(x - size, bottom);
  ctx.lineTo(x + size, bottom);
  ctx.fill();
}

function legend(page: Page, series: readonly HistorySeries[]): HTMLElement {
  return h(
    'ul',
    { class: 'legend', attributes: { 'aria-hidden': 'true' } },
    ...series.map(({ name }, index) =>
      h('li', { class: `legend-${index % COLOURS.length}` }, name),
    ),
    series.some(({ resets }) => resets.length > 0) &&
      h('li', { class: 'legend-reset' }, page.label('reset')),
  );
}

const themed = (variable: string): string =>
  getComputedStyle(document.body).getPropertyValue(variable).trim() || 'gray';

/** In high contrast themes borders are as strong as lines, so the grid uses a shade of the text. */
const gridColour = (): string =>
  `color-mix(in srgb, ${themed('--vscode-foreground')} 15%, transparent)`;

/** A pattern in device pixels. */
const scaled = (pattern: readonly number[]): number[] => pattern.map(it => it * uPlot.pxRatio);

const colourOf = (index: number): string =>
  themed(`--vscode-charts-${COLOURS[index % COLOURS.length]}`);

/** Every n-th label, as many as fit. */
function thinned(splits: readonly number[], width: number): number[] {
  const every = Math.max(1, Math.ceil((splits.length * LABEL_PX) / width));
  return splits.filter((_, index) => index % every === 0);
}

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
    .toReversed()
    .map(index => [
      timeWords[index] ?? '',
      ...series.map(({ remainingPercent }) => {
        const percent = remainingPercent[index];
        return percent === null || percent === undefined
          ? page.label('unknown')
          : `${Math.floor(percent)}%`;
      }),
    ]);
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
