import uPlot from 'uplot';
import type { HistorySection, HistorySeries } from '../core/panel/panelState.ts';
import { h, type Page } from './dom.ts';

const HEIGHT = 220;
/** Width of an axis label with its margin, in pixels. */
const LABEL_PX = 90;
const RESET_PATTERN = [2, 4] as const;
const FORECAST_PATTERN = [4, 4] as const;
/** Least distance between two labels of lines, in pixels. */
const LABEL_GAP_PX = 15;
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
    this.element = h('div', {}, canvas, this.#readout);
    const { times, series } = section;
    this.#plot = new uPlot(
      this.#options(width),
      [times.map(at => at / 1000), ...series.map(({ values }) => [...values])],
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
    const { from, until, series, ticks, money } = this.#section;
    const texts = new Map(ticks.map(({ at, text }) => [at / 1000, text]));
    const axis = {
      stroke: () => themed('--vscode-descriptionForeground'),
      grid: { stroke: gridColour, width: 1 },
      ticks: { show: false },
      font: `12px ${themed('--vscode-font-family')}`,
    };
    const amounts = new Map(money?.marks.map(({ at, text }) => [at, text]));
    return {
      width,
      height: HEIGHT,
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false } },
      scales: { x: { range: [from / 1000, until / 1000] }, y: { range: [0, money?.top ?? 100] } },
      axes: [
        {
          ...axis,
          size: 28,
          splits: plot => thinned([...texts.keys()], plot.width),
          values: (_, splits) => splits.map(split => texts.get(split) ?? ''),
        },
        {
          ...axis,
          size: money ? 72 : 48,
          splits: () => (money ? [...amounts.keys()] : [0, 25, 50, 75, 100]),
          values: (_, splits) => splits.map(split => amounts.get(split) ?? `${split}%`),
        },
      ],
      series: [{}, ...series.map((one, index) => lineOf(one, index))],
      hooks: {
        drawAxes: [plot => this.#drawLows(plot)],
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
        : [timeWords[index], ...series.map(one => `${one.name} ${valueText(one, index)}`)].join(
            ' · ',
          );
  }

  /** Bars of daily lows, behind the lines. */
  #drawLows(plot: uPlot): void {
    const { ctx } = plot;
    const x = (at: number): number => plot.valToPos(at / 1000, 'x', true);
    const y = (value: number): number => plot.valToPos(value, 'y', true);
    const gap = 2 * uPlot.pxRatio;
    ctx.save();
    for (const [index, { lows = [] }] of this.#section.series.entries()) {
      ctx.strokeStyle = colourOf(index);
      ctx.fillStyle = `color-mix(in srgb, ${colourOf(index)} 35%, transparent)`;
      for (const { from, to, value } of lows) {
        const [left, width] = [x(from) + gap, x(to) - x(from) - 2 * gap];
        if (width <= 0) continue;
        ctx.fillRect(left, y(value), width, y(0) - y(value));
        ctx.strokeRect(left, y(value), width, y(0) - y(value));
      }
    }
    ctx.restore();
  }

  #drawMarks(plot: uPlot): void {
    const { ctx, bbox } = plot;
    const { series, incidents, times } = this.#section;
    const x = (at: number): number => plot.valToPos(at / 1000, 'x', true);
    const y = (value: number): number => plot.valToPos(value, 'y', true);
    ctx.save();
    for (const [index, { resets, values, lows, forecast }] of series.entries()) {
      ctx.strokeStyle = ctx.fillStyle = colourOf(index);
      ctx.lineWidth = uPlot.pxRatio;
      ctx.setLineDash(scaled(RESET_PATTERN));
      for (const at of resets) line(ctx, [x(at), bbox.top], [x(at), bbox.top + bbox.height]);
      if (lows) continue;
      for (const dot of dotsOf(values)) circle(ctx, x(times[dot]!), y(values[dot]!));
      if (!forecast) continue;
      const [start, end] = forecast;
      ctx.lineWidth = 2 * uPlot.pxRatio;
      ctx.setLineDash(scaled(FORECAST_PATTERN));
      line(ctx, [x(start.at), y(start.value)], [x(end.at), y(end.value)]);
    }
    ctx.setLineDash([]);
    ctx.fillStyle = themed('--vscode-errorForeground');
    for (const { at } of incidents) triangle(ctx, x(at), bbox.top + bbox.height);
    this.#drawLabels(plot);
    ctx.restore();
  }

  /** The name of each line at its end, no two on each other. */
  #drawLabels({ ctx, bbox, valToPos }: uPlot): void {
    const ends = this.#section.series.flatMap(({ label, values }, index) => {
      const value = values.findLast(it => it !== null);
      return typeof value === 'number'
        ? [{ label, colour: colourOf(index), y: valToPos(value, 'y', true) }]
        : [];
    });
    const gap = LABEL_GAP_PX * uPlot.pxRatio;
    const edge = bbox.left + bbox.width;
    const end = valToPos(this.#section.to / 1000, 'x', true) + 8 * uPlot.pxRatio;
    let next = bbox.top + gap / 2;
    ctx.font = `${11 * uPlot.pxRatio}px ${themed('--vscode-font-family')}`;
    ctx.textAlign = 'left';
    ctx.textBaseline = 'middle';
    ctx.lineJoin = 'round';
    ctx.lineWidth = 4 * uPlot.pxRatio;
    ctx.strokeStyle = themed('--vscode-editorWidget-background');
    for (const { label, colour, y } of ends.toSorted((a, b) => a.y - b.y)) {
      const place = Math.min(Math.max(next, y), bbox.top + bbox.height - gap / 2);
      const left = Math.min(end, edge - ctx.measureText(label).width);
      ctx.strokeText(label, left, place);
      ctx.fillStyle = `color-mix(in srgb, ${colour} 60%, ${themed('--vscode-foreground')})`;
      ctx.fillText(label, left, place);
      next = place + gap;
    }
  }
}

function lineOf({ id, lows }: HistorySeries, index: number): uPlot.Series {
  const look = {
    stroke: () => colourOf(index),
    width: 2,
  };
  if (lows) return { ...look, paths: () => null, points: { show: false } };
  // A quota of hours fills its area: it is the one that moves.
  return id === '5h' ? { ...look, fill: () => softOf(index) } : look;
}

const softOf = (index: number): string => `color-mix(in srgb, ${colourOf(index)} 12%, transparent)`;

/** `84%`, `$49.58`, or a dash for a gap. */
export function valueText({ values, words }: HistorySeries, index: number): string {
  const value = values[index];
  if (value === null || value === undefined) return '–';
  return words?.[index] ?? `${Math.floor(value)}%`;
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

type Place = readonly [x: number, y: number];

function line(ctx: CanvasRenderingContext2D, from: Place, to: Place): void {
  ctx.beginPath();
  ctx.moveTo(...from);
  ctx.lineTo(...to);
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
