import assert from 'node:assert/strict';
import type { QuotaOutcome } from '../../../src/core/quota/outcome.ts';
import { viewQuota, type WindowView } from '../../../src/core/quota/quotaView.ts';
import type { Snapshot } from '../../../src/core/quota/snapshot.ts';
import { ask, askForSnapshot, useFetch } from './asking.ts';
import { reply, startHostileServer, type HostileServer } from './hostileServer.ts';

/** A Kimi that answers 200 with a body of the test's choice, and what is read of it. */
export interface AnsweringKimi {
  outcome(body: string): Promise<QuotaOutcome>;
  /** For an answer that is expected to have numbers. */
  snapshot(body: string, headers?: Record<string, string>): Promise<Snapshot>;
}

/** One server for a suite. Both fetches hand on the same text: one of them is enough here. */
export function useAnsweringKimi(): AnsweringKimi {
  const fetch = useFetch('undici');
  let server: HostileServer;
  before(async () => {
    server = await startHostileServer(reply(''));
  });
  after(() => server.close());
  const answer = (body: string, headers = {}): string => {
    server.handler = reply(body, headers);
    return server.origin;
  };
  return {
    outcome: body => ask(answer(body), fetch),
    snapshot: (body, headers) => askForSnapshot(answer(body, headers), fetch),
  };
}

/** The windows as every surface gets them, now. */
export function rowsOf(snapshot: Snapshot): readonly WindowView[] {
  return viewQuota({ access: 'key', snapshot }, Date.now()).windows;
}

/** No surface may ever show NaN, infinity or a share outside 0 to 100. */
export function assertSane(snapshot: Snapshot): void {
  for (const { remainingPercent = 0, resetsInMs = 0 } of rowsOf(snapshot)) {
    assert.ok(remainingPercent >= 0 && remainingPercent <= 100, `${remainingPercent} %`);
    assert.ok(resetsInMs >= 0 && Number.isFinite(resetsInMs), `${resetsInMs} ms`);
  }
}
