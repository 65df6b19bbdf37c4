import type { Page } from 'playwright-core';

/** The windows that are open now, for those who look at them when a test has failed. */
export const openPages = new Set<Page>();
