import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import type { TeamReading } from '../../src/core/quota/team.ts';
import type { MachineReport } from '../../src/core/team/metrics.ts';
import type { PushProtocol } from '../../src/node/team/protocols.ts';
import { REPORT_EVERY_MS, TeamLink } from '../../src/node/team/teamLink.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { FakeLog } from '../support/fakeLog.ts';
import { Engines, until, whyNoEngines } from './engines.ts';

const LIMIT = 10;

/** A machine of the team, with a clock that the test moves. */
class Machine {
  readonly clock = new FakeClock(Date.now());
  inFlight: number;
  reading: TeamReading | undefined;
  answers = 0;
  sent = 0;
  readonly log = new FakeLog();
  readonly #link: TeamLink;

  constructor(
    name: string,
    inFlight: number,
    addresses: { push?: { protocol: PushProtocol; url: string }; queryUrl?: string },
  ) {
    this.inFlight = inFlight;
    this.#link = new TeamLink({
      addresses,
      clock: this.clock,
      log: this.log,
      random: () => 0.5,
      report: async () => [reportOf(name, this.inFlight, this.clock.now())],
      headersFor: async () => ({}),
      fetch: async (url, init) => {
        const response = await fetch(url, init);
        this.sent++;
        return response;
      },
      onChange: async ({ reading }) => {
        this.reading = reading;
        this.answers++;
      },
    });
    this.#link.start();
  }

  /** Lets one interval pass, and waits for the requests of it. */
  async turn(): Promise<void> {
    const before = this.sent;
    await this.clock.advance(REPORT_EVERY_MS);
    await until(
      async () => this.sent,
      sent => sent > before,
    );
  }

  dispose(): void {
    this.#link.dispose();
  }
}

function reportOf(machine: string, inFlight: number, at: number): MachineReport {
  return {
    account: 'acme',
    provider: 'kimi-code',
    machine,
    at,
    windows: [{ id: '5h', remainingPercent: 84, resetsAt: at + 3_600_000 }],
    parallelLimit: LIMIT,
    inFlight: [{ agent: 'claude-code', count: inFlight }],
    answers: [],
    failures: [],
    tokens: [{ agent: 'claude-code', class: 'output', count: 12 }],
    tokensLastDay: 12,
    open: [],
  };
}

const query = async (url: string, text: string): Promise<Record<string, string>> => {
  const address = new URL('/api/v1/query', url);
  address.searchParams.set('query', text);
  const { data } = (await (await fetch(address)).json()) as {
    data: { result: { metric: Record<string, string>; value: [number, string] }[] };
  };
  return Object.fromEntries(
    data.result.map(({ metric, value }) => [metric['machine'] ?? '', value[1]]),
  );
};

describe('the team, on real metrics stores', () => {
  let engines: Engines;

  before(async function () {
    const why = whyNoEngines();
    if (why === undefined) engines = await Engines.create();
    else {
      console.log(`    the metrics stores are left out: ${why}`);
      this.skip();
    }
  });

  after(() => engines?.stop());

  it('names the machine that has the requests in flight (VictoriaMetrics)', async () => {
    const url = await engines.victoriaMetrics();
    const push = { protocol: 'prometheus' as const, url };
    const others = [new Machine('ci-box', 7, { push }), new Machine('server', 0, { push })];
    const laptop = new Machine('laptop', 3, { push, queryUrl: url });
    // A report counts once its time has changed.
    for (let turn = 0; turn < 2; turn++)
      for (const machine of [...others, laptop]) await machine.turn();
    const found = await until(
      async () => {
        await laptop.turn();
        await others[0]!.turn();
        return laptop.reading?.accounts[0]?.machines ?? [];
      },
      machines => machines.some(({ inFlight }) => inFlight === 7),
    );
    assert.deepEqual(
      found.map(({ machine, inFlight }) => [machine, inFlight]),
      [
        ['ci-box', 7],
        ['server', 0],
      ],
    );
    for (const machine of [...others, laptop]) machine.dispose();
  });

  const ways: { protocol: PushProtocol; engine: () => Promise<{ push: string; ask: string }> }[] = [
    {
      protocol: 'remoteWrite',
      engine: async () => {
        const url = await engines.prometheus();
        return { push: url, ask: url };
      },
    },
    {
      protocol: 'pushgateway',
      engine: async () => {
        const push = await engines.pushgateway();
        return { push, ask: await engines.prometheus([new URL(push).host]) };
      },
    },
  ];
  for (const { protocol, engine } of ways)
    it(`reaches Prometheus by ${protocol}`, async () => {
      const { push, ask } = await engine();
      const machine = new Machine('ci-box', 7, { push: { protocol, url: push } });
      await machine.turn();
      const found = await until(
        () => query(ask, 'kimi_quota_requests_in_flight'),
        answer => answer['ci-box'] !== undefined,
      );
      assert.deepEqual(found, { 'ci-box': '7' });
      assert.deepEqual(await query(ask, 'kimi_quota_parallel_limit'), { 'ci-box': '10' });
      machine.dispose();
    });

  it('has rules that promtool accepts', () => {
    const { status, stdout, stderr } = spawnSync('promtool', [
      'check',
      'rules',
      'docs/team/rules.yml',
    ]);
    assert.equal(status, 0, `${String(stdout)}${String(stderr)}`);
  });
});
