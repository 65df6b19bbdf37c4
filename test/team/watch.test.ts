import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { buildCli, runCli } from '../support/cliProcess.ts';
import { KimiCodeBurst } from '../support/kimiCodeBurst.ts';
import { createMachineHome, type MachineHome } from '../support/machineHome.ts';
import { Engines, until, whyNoEngines } from './engines.ts';

/** A machine of the team: a home folder with an agent's logs, and `kimi-quota watch`. */
interface Watched {
  readonly machine: MachineHome;
  readonly agent: KimiCodeBurst;
  readonly process: ChildProcess;
}

interface TeamJson {
  readonly accounts:
    readonly { readonly machines: readonly { machine: string; inFlight: number }[] }[] | null;
}

interface IncidentJson {
  readonly verdict: { readonly cause: string; readonly evidence: readonly { text: string }[] };
}

describe('three machines with one parallel limit', () => {
  let engines: Engines;
  const machines: Watched[] = [];

  before(async function () {
    const why = whyNoEngines();
    if (why === undefined) engines = await Engines.create();
    else {
      console.log(`    the metrics stores are left out: ${why}`);
      this.skip();
    }
  });

  after(async () => {
    for (const { machine, process } of machines) {
      const ended = once(process, 'exit');
      process.kill('SIGTERM');
      await ended;
      await machine.dispose();
    }
    await engines?.stop();
  });

  async function start(name: string, store: string): Promise<Watched> {
    const machine = await createMachineHome({
      windows: [{ id: '5h', usedPercent: 16, resetsAt: Date.now() + 3_600_000 }],
      more: { parallelLimit: 10 },
    });
    const agent = new KimiCodeBurst(machine.home);
    const args = ['watch', '--push', store, '--query', store, '--account', 'acme'];
    const command = [await buildCli(), ...args, '--machine', name];
    const child = spawn(process.execPath, command, { env: machine.env, stdio: 'ignore' });
    const watched = { machine, agent, process: child };
    machines.push(watched);
    return watched;
  }

  const team = async ({ machine }: Watched): Promise<TeamJson> => {
    const { stdout } = await runCli(['team', '--json'], machine.env);
    return stdout === '' ? { accounts: [] } : (JSON.parse(stdout) as TeamJson);
  };

  it('name the one that has the requests in flight in a verdict', async () => {
    const store = await engines.victoriaMetrics();
    const ciBox = await start('ci-box', store);
    await start('server', store);
    const laptop = await start('laptop', store);
    const others = (answer: TeamJson) => answer.accounts?.[0]?.machines ?? [];
    // They follow the logs from now on: what was open before they started may be of the past.
    await until(
      () => team(laptop),
      answer => others(answer).length === 2,
      90_000,
    );
    await ciBox.agent.start(7);
    await laptop.agent.start(3);
    const answer = await until(
      () => team(laptop),
      found => others(found)[0]?.inFlight === 7,
      90_000,
    );
    assert.deepEqual(
      others(answer).map(({ machine, inFlight }) => [machine, inFlight]),
      [
        ['ci-box', 7],
        ['server', 0],
      ],
    );
    await laptop.agent.fail(1);
    const { verdict } = await until(
      async () => {
        const { stdout } = await runCli(['why', '--json'], laptop.machine.env);
        return JSON.parse(stdout || '{"verdict":{"cause":""}}') as IncidentJson;
      },
      found => found.verdict.cause === 'foreign_concurrency',
    );
    assert.equal(verdict.cause, 'foreign_concurrency');
    assert.match(JSON.stringify(verdict.evidence), /ci-box/);
    const table = (await runCli(['team'], laptop.machine.env)).stdout;
    assert.match(table, /10 of 10 in flight: 3 here, 7 on ci-box\./);
    assert.match(table, /This machine +3 .*parallel limit/);
  });
});
