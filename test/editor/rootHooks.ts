import { writeShot } from './gestures.ts';
import { openPages } from './openPages.ts';

/** What mocha does around every end-to-end test. */
export const mochaHooks: Mocha.RootHookObject = {
  /** Keeps what there was to see, and leaves nothing open for the second try or the next test. */
  async afterEach(this: Mocha.Context) {
    if (this.currentTest?.isPassed() || this.currentTest?.isPending()) return;
    const name = this.currentTest?.fullTitle().replaceAll(/[^\p{L}\p{N}]+/gu, '-');
    for (const [index, page] of [...openPages].entries()) {
      await writeShot(page, `failed-${name}-${index}`).catch(() => {});
      for (let times = 0; times < 3; times++) await page.keyboard.press('Escape').catch(() => {});
    }
  },
};
