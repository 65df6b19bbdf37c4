import assert from 'node:assert/strict';
import { accountsOf } from '../../../src/core/accounts/endpoint.ts';
import type { KeyLookup } from '../../../src/core/accounts/foundKey.ts';
import { QuotaAccounts } from '../../../src/core/quota/quotaAccounts.ts';
import { viewQuota } from '../../../src/core/quota/quotaView.ts';
import { Settings } from '../../../src/core/settings.ts';
import { parseBaseUrl } from '../../../src/node/parseBaseUrl.ts';
import { FakeMachine, lookupOf } from '../../support/fakeMachine.ts';

/** A key ring is asked again every 30 s, and the rhythm is looked at every 4 s. */
const LOOK_MS = 34_000;

describe('A key ring that does not answer', () => {
  let machine: FakeMachine;
  let isSilent: boolean;
  beforeEach(() => {
    machine = new FakeMachine();
    isSilent = true;
    machine.readKey = async (): Promise<KeyLookup> =>
      isSilent ? { kind: 'unanswered' } : lookupOf(machine.key);
  });
  afterEach(() => machine.dispose());

  it('is not taken for one without a key, and nothing is sent meanwhile', async () => {
    const { poller, store } = await machine.openAlone();
    await machine.clock.advance(10 * LOOK_MS);
    await poller.ask();
    assert.equal(machine.requestCount, 0);
    assert.equal(viewQuota(store.status, machine.clock.now()).state, 'noKeyRing');
    assert.deepEqual(poller.next, { kind: 'never', reason: 'noKeyRing' });
  });

  it('is asked again by itself: once it answers, so does Kimi', async () => {
    const { store } = await machine.openAlone();
    isSilent = false;
    await machine.clock.advance(LOOK_MS);
    assert.equal(machine.requestCount, 1);
    assert.equal(viewQuota(store.status, machine.clock.now()).state, 'ok');
  });

  it('leaves the last known numbers, with their age', async () => {
    isSilent = false;
    const { poller } = await machine.openAlone();
    poller.dispose();
    isSilent = true;
    const { store } = await machine.openAlone();
    const view = viewQuota(store.status, machine.clock.now());
    assert.equal(view.state, 'noKeyRing');
    assert.equal(view.windows[0]?.remainingPercent, 84);
    assert.equal(view.isOld, true);
  });

  it('does not make accounts of hosts that were never used', async () => {
    const { archive, clock, kimi, log } = machine;
    const accounts = new QuotaAccounts({
      accounts: accountsOf(Settings.parse({}), parseBaseUrl),
      archive,
      clock,
      log,
      createClient: () => kimi,
      random: () => 0.5,
      readKey: () => machine.readKey(),
    });
    await accounts.start(true);
    const views = accounts.views(clock.now());
    assert.deepEqual(
      views.map(({ account: { id }, view: { state } }) => [id, state]),
      [['kimiCode', 'noKeyRing']],
    );
    accounts.dispose();
  });
});
