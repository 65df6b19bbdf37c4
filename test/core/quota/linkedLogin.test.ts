import assert from 'node:assert/strict';
import type { KeyLookup } from '../../../src/core/accounts/foundKey.ts';
import { viewQuota } from '../../../src/core/quota/quotaView.ts';
import { FakeMachine } from '../../support/fakeMachine.ts';

const S = 1000;
const MIN = 60 * S;
const HOUR = 60 * MIN;
/** A sign-in is looked up every 30 s, and the schedule is checked every 4 s. */
const LOOK = 30 * S + 4 * S;

const token = (key: string): KeyLookup => ({ kind: 'key', key, isLinked: true });
const EXPIRED: KeyLookup = { kind: 'tokenExpired' };

let machine: FakeMachine;
let login: KeyLookup;
let lookCount: number;
function useLogin(): void {
  beforeEach(() => {
    machine = new FakeMachine();
    login = token('eyJ.one');
    lookCount = 0;
    machine.readKey = async () => {
      lookCount++;
      return login;
    };
  });
  afterEach(() => machine.dispose());
}

const keys = (): string[] => machine.kimi.requests.map(({ key }) => key);

describe('QuotaPoller: a linked sign-in that expires', () => {
  useLogin();
  it('is shown as expired within half a minute, with the last numbers and their age', async () => {
    const { store } = await machine.openAlone();
    await machine.clock.advance(MIN);
    login = EXPIRED;
    await machine.clock.advance(LOOK);
    const view = viewQuota(store.status, machine.clock.now());
    assert.equal(view.state, 'tokenExpired');
    assert.equal(view.windows[0]?.remainingPercent, 84);
    assert.equal(view.isOld, true);
    assert.ok(view.ageMs! >= MIN);
  });

  it('is not used until it is renewed, however long that takes', async () => {
    const { poller } = await machine.openAlone();
    login = EXPIRED;
    await machine.clock.advance(LOOK);
    assert.deepEqual(poller.next, { kind: 'never', reason: 'tokenExpired' });
    assert.equal(await machine.requestsIn(24 * HOUR), 0);
    await poller.ask();
    await poller.readAfterLimitError();
    assert.equal(machine.requestCount, 1);
  });

  it('is not used when it had expired before the start', async () => {
    login = EXPIRED;
    const { store } = await machine.openAlone();
    assert.equal(await machine.requestsIn(HOUR), 0);
    assert.equal(store.status.access, 'tokenExpired');
  });

  it('is used as soon as it is renewed, with its new token', async () => {
    const { store } = await machine.openAlone();
    login = EXPIRED;
    await machine.clock.advance(HOUR);
    login = token('eyJ.two');
    machine.kimi.usedPercent = 40;
    assert.equal(await machine.requestsIn(LOOK), 1);
    assert.deepEqual(keys(), ['eyJ.one', 'eyJ.two']);
    assert.equal(viewQuota(store.status, machine.clock.now()).state, 'ok');
    assert.equal(store.status.snapshot?.windows[0]?.usedPercent, 40);
  });

  it('keeps the cadence when it is renewed immediately', async () => {
    await machine.openAlone();
    login = EXPIRED;
    await machine.clock.advance(LOOK);
    login = token('eyJ.two');
    assert.equal(await machine.requestsIn(4 * MIN), 0);
    assert.equal(await machine.requestsIn(MIN), 1);
  });

  it('is used immediately when the user refreshes after the renewal', async () => {
    const { poller } = await machine.openAlone();
    login = EXPIRED;
    await machine.clock.advance(MIN);
    login = token('eyJ.two');
    await poller.ask();
    assert.deepEqual(keys(), ['eyJ.one', 'eyJ.two']);
  });
});

describe('QuotaPoller: a linked sign-in in the background', () => {
  useLogin();
  it('is used when it was renewed: its program is in use', async () => {
    const { poller } = await machine.openAlone();
    poller.setFocused(false);
    assert.equal(await machine.requestsIn(HOUR), 0);
    login = token('eyJ.two');
    assert.equal(await machine.requestsIn(LOOK), 1);
    assert.equal(await machine.requestsIn(HOUR), 0);
  });

  it('costs one lookup in 30 s and no request', async () => {
    const { poller } = await machine.openAlone();
    poller.setFocused(false);
    await machine.clock.advance(MIN);
    const before = lookCount;
    assert.equal(await machine.requestsIn(HOUR), 0);
    assert.ok(lookCount - before <= 120, `${lookCount - before} looks in an hour`);
  });

  it('is no longer looked up after disposal', async () => {
    const { poller } = await machine.openAlone();
    poller.dispose();
    const before = lookCount;
    await machine.clock.advance(HOUR);
    assert.equal(lookCount, before);
    assert.equal(machine.clock.timerCount, 0);
  });
});

describe('QuotaPoller: a linked sign-in that Kimi rejects', () => {
  useLogin();
  const refuse = (...refused: string[]): void => {
    machine.kimi.answer = key =>
      refused.includes(key) ? { kind: 'unauthorized' } : machine.kimi.fresh();
  };

  it('is looked up again: the token may just have been renewed', async () => {
    refuse('eyJ.one');
    login = token('eyJ.one');
    const looks = [token('eyJ.one'), token('eyJ.one'), token('eyJ.two')];
    machine.readKey = async () => looks.shift() ?? token('eyJ.two');
    const { store } = await machine.openAlone();
    assert.deepEqual(keys(), ['eyJ.one', 'eyJ.two']);
    assert.equal(store.status.outcome?.kind, 'fresh');
  });

  it('is expired rather than rejected when its token expired in the meantime', async () => {
    refuse('eyJ.one');
    const looks = [token('eyJ.one'), token('eyJ.one')];
    machine.readKey = async () => looks.shift() ?? EXPIRED;
    const { store } = await machine.openAlone();
    assert.deepEqual(keys(), ['eyJ.one']);
    assert.equal(store.status.outcome, undefined);
    assert.equal(viewQuota(store.status, machine.clock.now()).state, 'tokenExpired');
  });

  it('is rejected when the token is the same, and not used again', async () => {
    refuse('eyJ.one');
    const { store } = await machine.openAlone();
    assert.equal(store.status.outcome?.kind, 'unauthorized');
    assert.equal(await machine.requestsIn(24 * HOUR), 0);
  });

  it('is used again, at the cadence, once the token changed', async () => {
    refuse('eyJ.one');
    const { store } = await machine.openAlone();
    await machine.clock.advance(HOUR);
    login = token('eyJ.two');
    assert.equal(await machine.requestsIn(LOOK), 1);
    assert.equal(store.status.outcome?.kind, 'fresh');
  });

  it('is used again in only one of ten windows', async () => {
    refuse('eyJ.one');
    const windows = await Promise.all(Array.from({ length: 10 }, () => machine.open(true)));
    await machine.clock.advance(6 * MIN);
    assert.equal(machine.requestCount, 1);
    login = token('eyJ.two');
    assert.equal(await machine.requestsIn(LOOK), 1);
    refuse('eyJ.one', 'eyJ.two');
    assert.equal(await machine.requestsIn(6 * MIN), 1);
    assert.equal(await machine.requestsIn(HOUR), 0);
    for (const window of windows) assert.equal(window.store.status.outcome?.kind, 'unauthorized');
  });
});

describe('QuotaPoller: a linked sign-in that is renewed during a request', () => {
  useLogin();
  it('keeps the response: it is the same person', async () => {
    const looks = [token('eyJ.one'), token('eyJ.one'), token('eyJ.two')];
    machine.readKey = async () => looks.shift() ?? token('eyJ.two');
    const { store } = await machine.openAlone();
    assert.equal(machine.requestCount, 1);
    assert.equal(store.status.outcome?.kind, 'fresh');
  });

  it('drops the response when a key replaced it', async () => {
    machine.kimi.answer = () => ({ kind: 'unauthorized' });
    const looks = [token('eyJ.one'), token('eyJ.one')];
    machine.readKey = async () => looks.shift() ?? { kind: 'key', key: 'sk-kimi-two' };
    const { store } = await machine.openAlone();
    assert.equal(machine.requestCount, 1);
    assert.equal(store.status.outcome, undefined);
  });
});
