import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { buildCli, runCli, systemVariables } from '../support/cliProcess.ts';
import { startKimiService } from '../support/kimiService/kimiService.ts';
import { createMachineHome } from '../support/machineHome.ts';

describe('cli: watch as a window', () => {
  it('stores the quota for commands without a key, with one request', async () => {
    const file = await buildCli();
    const kimi = await startKimiService();
    const { env, dispose } = await createMachineHome();
    const key = { KIMI_API_KEY: kimi.key, KIMI_CODE_BASE_URL: kimi.baseUrl };
    // Nobody reads what it prints: under Wine, a pipe of Linux ends it.
    const options = { env: { ...systemVariables(), ...env, ...key }, stdio: 'ignore' } as const;
    const watching = spawn(process.execPath, [file, 'watch'], options);
    const exit = once(watching, 'exit');
    try {
      let line = '';
      for (const until = Date.now() + 100_000; line === '' && Date.now() < until;)
        line = (await runCli(['check', '--line'], env)).stdout;
      assert.match(line, /^5h 84% · wk 67% · mo 81% · resets in [\d hmin]+\n$/);
      const usages = kimi.requests.filter(({ path }) => path.endsWith('/usages'));
      assert.equal(usages.length, 1);
    } finally {
      watching.kill('SIGTERM');
      await exit;
      await kimi.close();
      await dispose();
    }
  });
});
