import assert from 'node:assert/strict';
import { buildCli, buildStoredMcp } from '../support/cliProcess.ts';
import { KimiCodeBurst } from '../support/kimiCodeBurst.ts';
import { KIMI_CODE_KEY } from '../support/kimiService/keys.ts';
import { startKimiService } from '../support/kimiService/kimiService.ts';
import { createMachineHome, type MachineHome, storeMachine } from '../support/machineHome.ts';
import { call, type Client, connect } from '../support/mcpClient.ts';
import { HOUR_MS } from '../support/quotaViews.ts';

const stored = {
  windows: [{ id: '5h', usedPercent: 10, resetsAt: Date.now() + HOUR_MS }],
  more: { parallelLimit: 10 },
  inFlight: 4,
};

describe('the MCP server that the editor starts', () => {
  let machine: MachineHome;
  let client: Client;

  /** Connects to it with these variables and arguments. */
  async function start(env: Readonly<Record<string, string>> = {}, args: string[] = []) {
    client = await connect([await buildStoredMcp(), ...args], { ...machine.env, ...env });
  }

  before(async () => void (await buildStoredMcp()));
  beforeEach(async () => (machine = await createMachineHome()));
  afterEach(async () => {
    await client.close();
    await machine.dispose();
  });

  it('has the tools of kimi-quota mcp', async () => {
    await start();
    const other = await connect([await buildCli(), 'mcp'], machine.env);
    assert.deepEqual(await client.listTools(), await other.listTools());
    assert.deepEqual(client.getInstructions(), other.getInstructions());
    await other.close();
  });

  it('answers what a window stores, also after it started', async () => {
    await start();
    assert.deepEqual(((await call(client, 'get_quota')) as { accounts: [] }).accounts, []);
    await storeMachine(machine.path, stored);
    const { accounts, inFlight } = (await call(client, 'get_quota')) as {
      accounts: { state: string; parallelLimit: number }[];
      inFlight: number;
    };
    assert.deepEqual([accounts[0]?.state, accounts[0]?.parallelLimit, inFlight], ['ok', 10, 4]);
  });

  it('sends no request, whatever key is around', async () => {
    const kimi = await startKimiService();
    await start({ KIMI_API_KEY: KIMI_CODE_KEY, KIMI_CODE_BASE_URL: kimi.baseUrl });
    assert.deepEqual(((await call(client, 'get_quota')) as { accounts: [] }).accounts, []);
    assert.equal(kimi.requests.length, 0);
    await kimi.close();
  });

  it('reads no log: which ones are watched, only the editor knows', async () => {
    const burst = new KimiCodeBurst(machine.home);
    await burst.start(3);
    await burst.fail(3);
    await start();
    const other = await connect([await buildCli(), 'mcp'], machine.env);
    const failed = async (of: Client) =>
      ((await call(of, 'what_failed')) as { incidents: [] }).incidents.length;
    assert.deepEqual([await failed(client), await failed(other)], [0, 1]);
    await other.close();
  });

  it('where_it_went says that not everything is counted yet', async () => {
    await start();
    const { source, isComplete } = (await call(client, 'where_it_went')) as {
      source: string;
      isComplete: boolean;
    };
    assert.deepEqual([source, isComplete], ['archive', false]);
  });

  it('answers in the language of the editor', async () => {
    await storeMachine(machine.path, stored);
    await start({ LANG: 'en_US.UTF-8' }, ['--lang', 'zh-cn']);
    const { sentence } = (await call(client, 'is_it_safe_to_start')) as { sentence: string };
    assert.match(sentence, /\p{Script=Han}/u);
  });
});
