import assert from 'node:assert/strict';
import type { QuotaOutcome } from '../../../src/core/quota/outcome.ts';
import { viewQuota } from '../../../src/core/quota/quotaView.ts';
import { settled } from '../../support/fakeClock.ts';
import { FakeMachine } from '../../support/fakeMachine.ts';

const S = 1000;
const MIN = 60 * S;
const HOUR = 60 * MIN;
/** The rhythm is looked at every 4 s. */
const TICK = 4 * S;

let machine: FakeMachine;
function useMachine(): void {
  beforeEach(() => {
    machine = new FakeMachine();
  });
}

describe('QuotaPoller: cadence', () => {
  useMachine();
  it('reads at the start, and then every 5 minutes while focused', async () => {
    const { store } = await machine.openAlone();
    assert.equal(machine.requestCount, 1);
    assert.equal(store.status.outcome?.kind, 'fresh');
    assert.equal(await machine.requestsIn(5 * MIN - S), 0);
    assert.equal(await machine.requestsIn(TICK + S), 1);
    assert.equal(await machine.requestsIn(HOUR), 12);
  });

  it('does not read while the window is not watched and no log changes', async () => {
    const { poller } = await machine.openAlone();
    poller.setFocused(false);
    assert.equal(await machine.requestsIn(24 * HOUR), 0);
    assert.deepEqual(poller.next, { kind: 'never', reason: 'nobodyLooks' });
  });

  it('reads once for any number of focus changes within 5 minutes', async () => {
    const { poller } = await machine.openAlone();
    for (let glance = 0; glance < 20; glance++) {
      poller.setFocused(glance % 2 === 0);
      await machine.clock.advance(10 * S);
    }
    assert.equal(machine.requestCount, 1);
  });

  it('reads immediately when the window is watched again after 5 minutes', async () => {
    const { poller } = await machine.openAlone();
    poller.setFocused(false);
    await machine.clock.advance(HOUR);
    poller.setFocused(true);
    assert.equal(await machine.requestsIn(1), 1);
  });

  it("reads once after an agent's log changed, however often it does", async () => {
    const { poller } = await machine.openAlone();
    poller.setFocused(false);
    for (let second = 0; second < 200; second++) {
      await machine.clock.advance(S);
      poller.agentMoved();
    }
    assert.equal(await machine.requestsIn(HOUR), 1);
  });

  it('counts a log change during a read as one after it', async () => {
    const { poller } = await machine.openAlone(false);
    poller.agentMoved();
    machine.kimi.shut();
    await machine.clock.advance(5 * MIN + TICK);
    poller.agentMoved();
    machine.kimi.open();
    assert.equal(await machine.requestsIn(HOUR), 1);
  });

  it('shows the response before it is stored', async () => {
    const { poller, store } = machine.create();
    machine.archive.appendSnapshot = () => new Promise(() => undefined);
    void poller.start(true);
    await settled();
    assert.equal(store.status.outcome?.kind, 'fresh');
  });
});

describe('QuotaPoller: one at a time', () => {
  useMachine();
  it('combines any number of reasons into one request', async () => {
    const { poller } = await machine.openAlone();
    await machine.clock.advance(2 * MIN);
    machine.kimi.shut();
    const asked = [poller.ask(), poller.ask(), poller.readAfterLimitError()];
    assert.equal(await machine.requestsIn(15 * S), 1);
    machine.kimi.open();
    await Promise.all(asked);
    assert.equal(machine.kimi.mostAtOnce, 1);
    assert.equal(machine.requestCount, 2);
  });

  it('allows one refresh in 10 s', async () => {
    const { poller } = await machine.openAlone();
    for (let second = 0; second <= 60; second++) {
      await poller.ask();
      await machine.clock.advance(S);
    }
    assert.equal(machine.requestCount, 1 + 6);
  });

  it('reads once a minute after limit errors, however many there are', async () => {
    const { poller } = await machine.openAlone(false);
    for (let second = 0; second < 600; second++) {
      await poller.readAfterLimitError();
      await machine.clock.advance(S);
    }
    assert.equal(machine.requestCount, 10);
  });

  it('counts a read after a limit error as one of the cadence', async () => {
    const { poller } = await machine.openAlone();
    await machine.clock.advance(4 * MIN);
    await poller.readAfterLimitError();
    assert.equal(machine.requestCount, 2);
    assert.equal(await machine.requestsIn(4 * MIN), 0);
    assert.equal(await machine.requestsIn(MIN + TICK), 1);
  });
});

/** The state after `outcome`, and how often Kimi is asked in the first hour after it. */
async function assertAfter(
  outcome: QuotaOutcome,
  state: string,
  [least, most]: readonly [least: number, most: number],
): Promise<void> {
  machine.jitter = 0.5;
  const { store } = await machine.openAlone();
  machine.kimi.answer = () => outcome;
  await machine.clock.advance(5 * MIN + TICK);
  const view = viewQuota(store.status, machine.clock.now());
  assert.equal(view.state, state);
  assert.equal(view.windows[0]?.remainingPercent, 84, 'the last known number stays');
  assert.ok(view.isOld, 'and is marked as old');
  const count = await machine.requestsIn(HOUR);
  assert.ok(count >= least && count <= most, `${count} requests`);
}

describe('QuotaPoller: after a failure', () => {
  useMachine();
  type Row = readonly [outcome: QuotaOutcome, state: string, perHour: readonly [number, number]];
  const rows: readonly Row[] = [
    [{ kind: 'unauthorized' }, 'keyRefused', [0, 0]],
    [{ kind: 'forbidden', reason: 'unknown' }, 'forbidden', [0, 0]],
    [{ kind: 'gone', status: 404 }, 'endpointChanged', [0, 1]],
    [{ kind: 'gone', status: 410 }, 'endpointChanged', [0, 1]],
    [{ kind: 'rateLimited', retryAfterMs: 5 * S }, 'limited', [11, 12]],
    [{ kind: 'rateLimited', retryAfterMs: 20 * MIN }, 'limited', [2, 3]],
    [{ kind: 'rateLimited', retryAfterMs: 1e12 }, 'limited', [0, 1]],
    [{ kind: 'unreachable', cause: 'server', detail: '503' }, 'offline', [6, 12]],
    [{ kind: 'unreachable', cause: 'webPage' }, 'offline', [6, 12]],
    [{ kind: 'malformed', issues: ['odd'] }, 'endpointChanged', [6, 12]],
  ];
  for (const [outcome, state, perHour] of rows) {
    const range = `${perHour[0]} to ${perHour[1]}`;
    it(`is ${state} and reads ${range} times an hour: ${JSON.stringify(outcome)}`, () =>
      assertAfter(outcome, state, perHour));
  }

  it('retries a rejected key when the user refreshes, and continues if it is accepted', async () => {
    machine.kimi.answer = () => ({ kind: 'unauthorized' });
    const { poller, store } = await machine.openAlone();
    await poller.readAfterLimitError();
    assert.equal(await machine.requestsIn(24 * HOUR), 0);
    machine.kimi.answer = () => machine.kimi.fresh();
    await poller.ask();
    assert.equal(store.status.outcome?.kind, 'fresh');
    assert.equal(await machine.requestsIn(HOUR), 12);
  });

  it('does not let a refresh or a limit error shorten a Retry-After', async () => {
    machine.kimi.answer = () => ({ kind: 'rateLimited', retryAfterMs: 10 * MIN });
    const { poller } = await machine.openAlone();
    for (let minute = 0; minute < 9; minute++) {
      await machine.clock.advance(MIN);
      await poller.ask();
      await poller.readAfterLimitError();
    }
    assert.equal(machine.requestCount, 1);
    await machine.clock.advance(MIN + S);
    await poller.ask();
    assert.equal(machine.requestCount, 2);
  });

  it('returns to the cadence one interval after a flapping endpoint recovered', async () => {
    const { store } = await machine.openAlone();
    let isUp = false;
    machine.kimi.answer = () => {
      isUp = !isUp;
      return isUp ? machine.kimi.fresh() : { kind: 'unreachable', cause: 'server' };
    };
    machine.jitter = 1;
    assert.ok((await machine.requestsIn(HOUR)) <= 12);
    machine.kimi.answer = () => machine.kimi.fresh();
    await machine.clock.advance(5 * MIN + TICK);
    assert.equal(store.status.outcome?.kind, 'fresh');
    assert.equal(await machine.requestsIn(HOUR), 12);
  });
});
