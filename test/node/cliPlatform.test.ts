import assert from 'node:assert/strict';
import { buildCli, runCli } from '../support/cliProcess.ts';
import { type KimiService, startKimiService } from '../support/kimiService/kimiService.ts';
import { createMachineHome, type MachineHome } from '../support/machineHome.ts';

describe('cli: MOONSHOT_API_KEY', () => {
  let kimi: KimiService;
  let machine: MachineHome;
  before(async () => void (await buildCli()));
  beforeEach(async () => {
    kimi = await startKimiService();
    machine = await createMachineHome();
  });
  afterEach(async () => {
    await kimi.close();
    await machine.dispose();
  });
  const run = (args: readonly string[], more: Record<string, string> = {}) =>
    runCli(args, {
      ...machine.env,
      MOONSHOT_API_KEY: kimi.platformKey,
      MOONSHOT_BASE_URL: `${kimi.url}/v1`,
      ...more,
    });
  const paths = (): string[] => kimi.requests.map(({ path }) => path);

  it('is the key that wait reads the balance with', async () => {
    const { code, stdout } = await run(['wait', '--max', '0s']);
    assert.deepEqual([code, stdout], [0, 'Requests pass.\n']);
    assert.deepEqual(paths(), ['/v1/users/me/balance']);
  });

  it('ends wait with 3 when no credit is left, because waiting is useless', async () => {
    Object.assign(kimi.account.platform, { cashBalance: 0, voucherBalance: 0 });
    const { code, stderr } = await run(['wait']);
    assert.equal(code, 3);
    assert.match(stderr, /no credit left/);
  });

  it('is the key of check, also for one line', async () => {
    assert.match((await run(['check', '--line'])).stdout, /^Kimi .*\d/);
    assert.deepEqual(paths(), ['/v1/users/me/balance']);
  });

  it('is not sent where KIMI_API_KEY is set', async () => {
    await run(['check'], { KIMI_API_KEY: kimi.key, KIMI_CODE_BASE_URL: kimi.baseUrl });
    assert.ok(!paths().includes('/v1/users/me/balance'));
    assert.ok(paths().length > 0);
    const sent = kimi.requests.map(({ headers }) => headers.authorization);
    assert.ok(!sent.some(header => header?.includes(kimi.platformKey)));
  });
});
