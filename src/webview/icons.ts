import type { Trouble } from '../core/incidents/trouble.ts';
import type { Tone } from '../core/panel/panelState.ts';

/** Strokes of each sign in a square of 16 pixels. */
const SIGNS = {
  good: 'M3 8.5l3.2 3.2L13 4.8',
  low: 'M8 2.2 14.4 13.4H1.6zM8 6.2v3.4M8 11.4v.2',
  spent: 'M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM8 4.8v4M8 10.9v.3',
  unknown: 'M5.6 6a2.4 2.4 0 1 1 3.4 2.2c-.7.4-1 .8-1 1.6M8 12v.3',
  rate: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11M10.5 2.5l3 2-3 2',
  quota: 'M2 11.5a6 6 0 0 1 12 0M8 11.5l2.8-3.6',
  busy: 'M3 3h10v4H3zM3 9h10v4H3zM5.5 5v.1M5.5 11v.1',
  account: 'M1.8 3.8h12.4v8.4H1.8zM1.8 6.6h12.4',
  key: 'M5 5.4a2.6 2.6 0 1 0 0 5.2 2.6 2.6 0 0 0 0-5.2zM7.6 8h6.2M11.4 8v2.6',
  request: 'M4 1.8h5.4L12.4 5v9.2H4zM9.2 2v3.2h3.2',
  network: 'M1.8 6.4a9 9 0 0 1 12.4 0M4 9a6 6 0 0 1 8 0M6.2 11.4a2.8 2.8 0 0 1 3.6 0M8 13.6v.1',
  other: 'M6 3H3v10h10v-3M8.5 2.5h5v5M13.2 2.8 7.4 8.6',
  vague: 'M5.6 6a2.4 2.4 0 1 1 3.4 2.2c-.7.4-1 .8-1 1.6M8 12v.3',
  back: 'M7.5 3 3 8l4.5 5M3.2 8H13',
  refresh: 'M13 8a5 5 0 1 1-1.6-3.7M13.2 2v3h-3',
} as const satisfies Record<Tone | Trouble | 'back' | 'refresh', string>;

/** A sign, hidden from screen readers because the text next to it says the same. */
export function icon(name: keyof typeof SIGNS): SVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', SIGNS[name]);
  svg.append(path);
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  return svg;
}
