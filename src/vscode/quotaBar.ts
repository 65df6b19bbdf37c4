import { LOW_PERCENT } from '../core/quota/windows.ts';
import type { Side } from '../core/status/windowWords.ts';

const WIDTH = 120;
const HEIGHT = 8;

/** Readable on light, dark and high contrast backgrounds. The percentage next to it says the same. */
const COLORS = { good: '#2ea043', low: '#d29922', spent: '#f14c4c', track: '#8888885c' } as const;

/** A bar as an image in plain Markdown: VS Code shows SVG data URIs without HTML. */
export function quotaBar(remainingPercent: number, side: Side): string {
  const left = Math.min(100, Math.max(0, remainingPercent));
  const shown = side === 'remaining' ? left : 100 - left;
  const color = left === 0 ? COLORS.spent : left <= LOW_PERCENT ? COLORS.low : COLORS.good;
  const filled = Math.round((shown / 100) * WIDTH);
  const bar = (width: number, fill: string): string =>
    `<rect width="${width}" height="${HEIGHT}" rx="4" fill="${fill}"/>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}">${bar(WIDTH, COLORS.track)}${bar(filled, color)}</svg>`;
  return `![](data:image/svg+xml,${encodeURIComponent(svg)})`;
}
