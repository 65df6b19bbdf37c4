import assert from 'node:assert/strict';
import { accountsOf } from '../../../src/core/accounts/endpoint.ts';
import { QuotaAccounts } from '../../../src/core/quota/quotaAccounts.ts';
import { Settings } from '../../../src/core/settings.ts';
import { parseBaseUrl } from '../../../src/node/parseBaseUrl.ts';
import { QuotaEndpoint } from '../../../src/node/quotaEndpoint.ts';
import { FakeMachine } from '../../support/fakeMachine.ts';

const A = 'https://relay.example/a';
const B = 'https://relay.example/b';

describe('Two base URLs on one host', () => {
  let machine: FakeMachine;
  beforeEach(() => {
    machine = new FakeMachine();
  });
  afterEach(() => machine.dispose());

  /** What is shown in a window whose setting names `baseUrl`, and how often it asked. */
  async function shownAt(baseUrl: string, used: number | undefined) {
    const { archive, clock, log } = machine;
    let requests = 0;
    const fetch = async (url: string): Promise<Response> => {
      if (url.endsWith('/usages')) requests++;
      if (used === undefined || !url.startsWith(baseUrl)) throw new TypeError('no network');
      return Response.json({ usages: { limit_5h: { used_ratio: used } } });
    };
    const [account] = accountsOf(Settings.parse({ baseUrl }), parseBaseUrl);
    const accounts = new QuotaAccounts({
      accounts: account ? [account] : [],
      archive,
      clock,
      log,
      random: () => 0.5,
      createClient: endpoint =>
        new QuotaEndpoint({ endpoint, fetch, userAgent: 'test', now: () => clock.now() }),
      readKey: async () => ({ kind: 'key', key: 'sk-kimi-one' }),
    });
    await accounts.start(true);
    await clock.advance(0);
    const { view } = accounts.primary('auto', clock.now());
    accounts.dispose();
    return { left: view.windows[0]?.remainingPercent, requests };
  }

  it('have numbers of their own, also while the second cannot be reached', async () => {
    assert.deepEqual(await shownAt(A, 0.1), { left: 90, requests: 1 });
    assert.equal((await shownAt(B, undefined)).left, undefined);
    assert.deepEqual(await shownAt(A, undefined), { left: 90, requests: 0 });
    await machine.clock.advance(360_000);
    assert.deepEqual(await shownAt(B, 0.95), { left: 5, requests: 1 });
    assert.equal((await shownAt(A, undefined)).left, 90);
  });
});
