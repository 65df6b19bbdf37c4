import assert from 'node:assert/strict';
import type { TeamFaults, TeamReading } from '../../../src/core/quota/team.ts';
import type { MachineReport } from '../../../src/core/team/metrics.ts';
import { REPORT_EVERY_MS, TeamLink } from '../../../src/node/team/teamLink.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { FakeLog } from '../../support/fakeLog.ts';

const NOW = Date.UTC(2026, 10, 30, 12);
const STORE = 'https://metrics.example';

const reportOf = (inFlight: number, at: number): MachineReport => ({
  account: 'acme',
  provider: 'kimi-code',
  machine: 'laptop',
  at,
  windows: [],
  inFlight: inFlight > 0 ? [{ agent: 'codex', count: inFlight }] : [],
  answers: [],
  failures: [],
  tokens: [],
  tokensLastDay: 0,
  open: [],
});

/** A store with a clock of its own, which keeps the last value of each series and can fail. */
class Store {
  readonly series = new Map<string, string>();
  fault: 'none' | 'slow' | 'full' | 'refusing' | 'down' = 'none';
  skewMs = 0;
  readonly rows: object[] = [];
  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  fetch = async (url: string, { body, signal }: RequestInit): Promise<Response> => {
    const date = new Date(this.#clock.now() + this.skewMs).toUTCString();
    const answer = (status: number, text: string | null = null): Response =>
      new Response(text, { status, headers: { date } });
    switch (this.fault) {
      case 'down':
        throw new TypeError('fetch failed');
      case 'slow':
        assert.ok(signal, 'a request without an end');
        throw new DOMException('The operation timed out.', 'TimeoutError');
      case 'full':
        return answer(503);
      case 'refusing':
        return answer(401);
      case 'none':
    }
    if (!url.endsWith('/query')) {
      for (const line of String(body)
        .split('\n')
        .filter(text => /^kimi/.test(text))) {
        const [name = '', value = ''] = line.split(/ (?=\S+$)/);
        this.series.set(name, value);
      }
      return answer(204);
    }
    const data = { resultType: 'vector', result: this.rows };
    return answer(200, JSON.stringify({ status: 'success', data }));
  };

  /** The newest value of the series whose name contains this. */
  valueOf(part: string): number {
    const [, value = 'NaN'] = [...this.series].find(([name]) => name.includes(part)) ?? [];
    return Number(value);
  }
}

function start(inFlight = () => 0) {
  const clock = new FakeClock(NOW);
  const store = new Store(clock);
  const states: { reading?: TeamReading; faults: TeamFaults }[] = [];
  const link = new TeamLink({
    addresses: { push: { protocol: 'prometheus', url: STORE }, queryUrl: STORE },
    clock,
    log: new FakeLog(),
    random: () => 0.5,
    report: async () => [reportOf(inFlight(), clock.now())],
    headersFor: async () => ({}),
    fetch: store.fetch,
    onChange: async team => void states.push(team),
  });
  link.start();
  const turns = (count: number) => clock.advance(REPORT_EVERY_MS * count);
  return { clock, store, states, turns, link };
}

const ROW = {
  metric: { account: 'acme', machine: 'ci-box', metric: 'inFlight' },
  value: [NOW / 1000, '7'],
};

describe('TeamLink with a store that fails', () => {
  for (const [fault, word] of [
    ['down', 'unreachable'],
    ['slow', 'unreachable'],
    ['full', 'refused'],
    ['refusing', 'refused'],
  ] as const)
    it(`${fault}: loses what others reported, says so, and recovers`, async () => {
      const { store, states, turns, link } = start();
      store.rows.push(ROW);
      await turns(2);
      assert.equal(states.at(-1)?.reading?.accounts[0]?.machines[0]?.inFlight, 7);
      store.fault = fault;
      await turns(4);
      assert.deepEqual(states.at(-1), { faults: { push: word, query: word } });
      store.fault = 'none';
      await turns(40);
      assert.deepEqual(states.at(-1)?.faults, {});
      assert.equal(states.at(-1)?.reading?.accounts[0]?.totals.inFlight, 7);
      link.dispose();
    });

  it('keeps no queue: after an hour without the store, the next report is of now', async () => {
    const { clock, store, turns, link } = start();
    store.fault = 'down';
    await turns(240);
    store.fault = 'none';
    const from = clock.now();
    await turns(21);
    assert.ok(store.valueOf('report_timestamp') * 1000 >= from);
    link.dispose();
  });
});

describe('what TeamLink sends', () => {
  it('has a zero for requests that ended, which the store would repeat', async () => {
    let inFlight = 7;
    const { store, turns, link } = start(() => inFlight);
    await turns(1);
    assert.equal(store.valueOf('agent="codex"'), 7);
    inFlight = 0;
    await turns(1);
    assert.equal(store.valueOf('agent="codex"'), 0);
    link.dispose();
  });

  for (const skewMs of [-3_600_000, 3_600_000])
    it(`is of the store's time on a machine whose clock is ${skewMs / 60_000} min off`, async () => {
      const { clock, store, turns, link } = start();
      store.skewMs = skewMs;
      await turns(3);
      const age = clock.now() + skewMs - store.valueOf('report_timestamp') * 1000;
      assert.ok(Math.abs(age) <= 2 * REPORT_EVERY_MS, `${age}`);
      link.dispose();
    });
});
