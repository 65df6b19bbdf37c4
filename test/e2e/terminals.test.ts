import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openWorkbench, type Workbench } from '../editor/workbench.ts';
import { TOO_MANY } from '../support/kimiCodeBurst.ts';
import { startKimiService, type KimiService } from '../support/kimiService/kimiService.ts';

const CANARY = 'a-canary-in-a-prompt';
/** Prints like an agent without a log, with colors and in two chunks. */
const AGENT = `#!/bin/sh
sleep 0.3
printf 'you: %s\\r\\n' '${CANARY}'
printf '\\033[31mAPI Error: 4'
sleep 0.1
printf "29 ${TOO_MANY}\\033[0m\\r\\n"
`;

describe('an error in a terminal', () => {
  let kimi: KimiService;
  let folder: string;
  let workbench: Workbench;
  let runs = 0;

  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'kimi-quota-terminal-'));
    await writeFile(path.join(folder, 'kimi'), AGENT, { mode: 0o755 });
    await writeFile(path.join(folder, 'other'), AGENT, { mode: 0o755 });
    kimi = await startKimiService();
    workbench = await openWorkbench({
      account: kimi,
      folder,
      settings: {
        'kimiQuota.readTerminals': true,
        'terminal.integrated.gpuAcceleration': 'off',
      },
    });
    await workbench.statusItem('quota').getByText('5h 84%').waitFor();
  });
  after(async () => {
    await workbench.close();
    await kimi.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  const run = (commandLine: string): Promise<void> =>
    workbench.page
      .locator('.terminal.xterm .xterm-helper-textarea')
      .last()
      .pressSequentially(`${commandLine}\n`);
  const printed = (text: RegExp) => workbench.page.locator('.xterm-rows > div', { hasText: text });

  it('of an agent is shown like one in a log; of another program it is not', async () => {
    await workbench.palette('Terminal: Create New Terminal');
    await run('./other');
    await printed(/API\sError/)
      .last()
      .waitFor();
    // Commands are known only once shell integration is active, which this decoration shows.
    await workbench.page.locator('.terminal-command-decoration').last().waitFor();
    await run('./kimi');
    runs++;
    await workbench.statusItem('quota').locator('.codicon-bell-dot').waitFor();
    const storage = 'User/globalStorage/kimi-quota.kimi-quota/terminals/errors.jsonl';
    const file = await readFile(path.join(workbench.userDataDir, storage), 'utf8');
    const errors = file
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as object);
    for (const error of errors)
      assert.deepEqual(
        { ...error, at: 0 },
        { at: 0, agent: 'kimi-code', status: 429, text: TOO_MANY },
      );
    assert.ok(errors.length <= runs, 'the other program is not reported');
    await workbench.tooltip(workbench.statusItem('quota'), /Why\?/);
    await workbench.screenshot('terminal-read');
  });
});
