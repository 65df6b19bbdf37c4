import type { NoticeHistory } from './noticeHistory.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, NOW } from './quotaViews.ts';

export const RESETS = { '5h': NOW + 4 * HOUR_MS, week: NOW + 4 * DAY_MS, month: NOW + 20 * DAY_MS };
export const NEXT = { ...RESETS, '5h': NOW + 9 * HOUR_MS };

export type Step = (history: NoticeHistory) => void;

/** Kimi answers so, five minutes later. */
export const left =
  (fiveHours: number, week = 60, resets: Record<string, number> = RESETS): Step =>
  history => {
    history.read({ '5h': fiveHours, week }, { resets });
    history.pass(5 * MINUTE_MS);
  };
export const wait =
  (ms: number): Step =>
  history =>
    history.pass(ms);
export const settings =
  (changed: Partial<NoticeHistory['settings']>): Step =>
  history => {
    history.settings = { ...history.settings, ...changed };
  };
export const toReset = (history: NoticeHistory): void =>
  history.pass(RESETS['5h'] + 1 - history.now);
