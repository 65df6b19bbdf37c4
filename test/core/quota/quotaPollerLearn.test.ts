import assert from 'node:assert/strict';
import type { QuotaOutcome } from '../../../src/core/quota/outcome.ts';
import { FakeMachine } from '../../support/fakeMachine.ts';

const MIN = 60_000;
const KEY = 'sk-kimi-one';
const OFFLINE: QuotaOutcome = { kind: 'unreachable', cause: 'dns' };
const REFUSED: QuotaOutcome = { kind: 'unauthorized' };

describe('QuotaPoller: what the self-check was answered', () => {
  let machine: FakeMachine;
  beforeEach(() => {
    machine = new FakeMachine();
    machine.kimi.answer = () => OFFLINE;
  });
  afterEach(() => machine.dispose());

  it('is shown immediately, here and in other windows, without a request', async () => {
    const [asked, other] = [await machine.openAlone(), await machine.open()];
    const { requestCount } = machine;
    await asked.poller.learn(machine.kimi.fresh(), KEY);
    await machine.clock.advance(5000);
    for (const { store } of [asked, other]) assert.equal(store.status.outcome?.kind, 'fresh');
    assert.equal(machine.requestCount, requestCount);
  });

  it('is a read like any other: the next one is an interval later', async () => {
    const { poller } = await machine.openAlone();
    machine.kimi.answer = () => machine.kimi.fresh();
    await poller.learn(machine.kimi.fresh(), KEY);
    await machine.clock.advance(5 * MIN - 1000);
    assert.equal(machine.requestCount, 1);
    await machine.clock.advance(5000);
    assert.equal(machine.requestCount, 2);
  });

  it('reports a rejected key too, which is no longer used', async () => {
    const { poller, store } = await machine.openAlone();
    await poller.learn(REFUSED, KEY);
    assert.equal(store.status.outcome?.kind, 'unauthorized');
    await machine.clock.advance(60 * MIN);
    assert.equal(machine.requestCount, 1);
  });

  for (const [fact, key] of [
    ['changed', 'sk-kimi-two'],
    ['was removed', undefined],
  ] as const)
    it(`is dropped if the key ${fact}`, async () => {
      const { poller, store } = await machine.openAlone();
      machine.key = key;
      await poller.learn(machine.kimi.fresh(), KEY);
      assert.equal(store.status.outcome?.kind, 'unreachable');
    });
});
