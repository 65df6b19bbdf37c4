import assert from 'node:assert/strict';
import { type HrTime, ValueType } from '@opentelemetry/api';
import { JsonMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationTemporality, DataPointType } from '@opentelemetry/sdk-metrics';
import { uncompress } from 'snappyjs';
import { Emitter } from '../../../src/core/base/event.ts';
import { Settings } from '../../../src/core/settings.ts';
import {
  type MachineReport,
  METRICS,
  type Sample,
  samplesOf,
} from '../../../src/core/team/metrics.ts';
import { otlpRequest } from '../../../src/node/team/otlpMetrics.ts';
import { otlpAddress, otlpHeaders } from '../../../src/node/team/otlpEnvironment.ts';
import { PUSH_PROTOCOLS, pushRequest } from '../../../src/node/team/protocols.ts';
import { teamOnDemand } from '../../../src/node/team/teamOnDemand.ts';
import { REPORT_EVERY_MS, TeamLink, type TeamAddresses } from '../../../src/node/team/teamLink.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { FakeLog } from '../../support/fakeLog.ts';
import { openMemoryArchive } from '../../support/memoryArchive.ts';

const NOW = Date.UTC(2026, 10, 30, 12);
const REPORT: MachineReport = {
  account: 'acme',
  provider: 'kimi-code',
  machine: 'ci-box',
  at: NOW,
  windows: [],
  inFlight: [{ agent: 'codex', count: 7 }],
  answers: [{ agent: 'codex', count: 40 }],
  failures: [],
  tokens: [],
  tokensLastDay: 0,
  open: [],
};
const URL_OF_STORE = 'https://metrics.example';

/** An engine that answers each request with the next of its answers. */
class Engine {
  readonly asked: { url: string; authorization: string | null }[] = [];
  answers: (number | 'down')[] = [];

  fetch = async (url: string, init: RequestInit): Promise<Response> => {
    this.asked.push({ url, authorization: new Headers(init.headers).get('authorization') });
    const answer = this.answers.shift() ?? 204;
    if (answer === 'down') throw new TypeError(`fetch failed: ${url}`);
    return new Response(answer === 204 ? null : 'not JSON', { status: answer });
  };
}

function link(engine: Engine, addresses: TeamAddresses, clock = new FakeClock(NOW)) {
  const log = new FakeLog();
  const readings: unknown[] = [];
  const made = new TeamLink({
    addresses,
    clock,
    log,
    random: () => 0.5,
    report: async () => [REPORT],
    headersFor: async url =>
      url.startsWith(URL_OF_STORE) ? { authorization: 'Bearer TOKEN' } : {},
    fetch: engine.fetch,
    onChange: async team => void readings.push(team),
  });
  made.start();
  return { clock, log, readings, dispose: () => made.dispose() };
}

describe('TeamLink', () => {
  const push = { protocol: 'prometheus', url: URL_OF_STORE } as const;

  it('reports every 15 s, with the token of the address', async () => {
    const engine = new Engine();
    const { clock, dispose } = link(engine, { push });
    await clock.advance(REPORT_EVERY_MS * 10);
    assert.equal(engine.asked.length, 10);
    assert.deepEqual(engine.asked[0], {
      url: `${URL_OF_STORE}/api/v1/import/prometheus`,
      authorization: 'Bearer TOKEN',
    });
    dispose();
    assert.equal(clock.timerCount, 0);
  });

  it('sends nothing in clear text except to this machine', async () => {
    const engine = new Engine();
    const { clock, dispose } = link(engine, { push: { ...push, url: 'http://metrics.example' } });
    await clock.advance(REPORT_EVERY_MS * 10);
    assert.deepEqual(engine.asked, []);
    dispose();
  });

  for (const answer of ['down', 401, 503] as const)
    it(`asks less and less often while the engine answers ${answer}`, async () => {
      const engine = new Engine();
      engine.answers = Array.from({ length: 200 }, () => answer);
      const { clock, log, dispose } = link(engine, { push });
      await clock.advance(3_600_000);
      assert.ok(engine.asked.length < 20, `${engine.asked.length}`);
      assert.ok(log.lines.length <= 2, 'one line for a state, not for each request');
      assert.ok(!JSON.stringify(log.lines).includes('metrics.example'));
      engine.answers = [];
      await clock.advance(300_000 * 1.2);
      const before = engine.asked.length;
      await clock.advance(REPORT_EVERY_MS * 10);
      assert.ok(engine.asked.length - before >= 9, 'it reports as before once it is back');
      dispose();
    });

  it('knows nothing of the others while the engine answers nonsense', async () => {
    const engine = new Engine();
    engine.answers = [200];
    const { clock, readings, dispose } = link(engine, { queryUrl: `${URL_OF_STORE}/prom` });
    await clock.advance(REPORT_EVERY_MS);
    assert.deepEqual(readings, [{ faults: { query: 'malformed' } }]);
    assert.equal(engine.asked[0]?.url, `${URL_OF_STORE}/prom/api/v1/query`);
    dispose();
  });
});

describe('pushRequest', () => {
  const samples = samplesOf(REPORT);
  const options = { url: URL_OF_STORE, machine: 'ci box', now: NOW };

  const paths: Record<(typeof PUSH_PROTOCOLS)[number], string> = {
    prometheus: '/api/v1/import/prometheus',
    pushgateway: '/metrics/job/kimi-quota/instance/ci%20box',
    remoteWrite: '/api/v1/write',
    otlp: '/v1/metrics',
  };
  for (const protocol of PUSH_PROTOCOLS)
    it(`${protocol}: uses the usual path, or the one of the address`, async () => {
      const usual = await pushRequest(samples, { ...options, protocol });
      assert.equal(usual.url, URL_OF_STORE + paths[protocol]);
      const own = await pushRequest(samples, { ...options, protocol, url: `${URL_OF_STORE}/x` });
      assert.equal(own.url, `${URL_OF_STORE}/x`);
    });

  it('remoteWrite: is Snappy, and has the labels in order', async () => {
    const { body } = await pushRequest(samples, { ...options, protocol: 'remoteWrite' });
    const text = new TextDecoder('latin1').decode(uncompress(body as Uint8Array<ArrayBuffer>));
    const first = text.slice(0, text.indexOf('machine'));
    assert.ok(first.indexOf('__name__') < first.indexOf('account'));
    assert.ok(text.includes('kimi_quota_requests_in_flight'));
  });
});

describe('otlpRequest', () => {
  it("is what OpenTelemetry's own encoder makes of the same numbers", () => {
    const samples = samplesOf({ ...REPORT, inFlight: [], windows: [] }).filter(({ name }) =>
      ['kimi_quota_requests_total', 'kimi_quota_tokens_last_day'].includes(name),
    );
    const timeOf = (ms: number): HrTime => [ms / 1000, 0];
    const metric = (sample: Sample, startTime: number) => ({
      descriptor: {
        name: sample.name,
        description: METRICS[sample.name].help,
        unit: METRICS[sample.name].unit,
        valueType: ValueType.DOUBLE,
      },
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
      dataPoints: [
        {
          startTime: timeOf(startTime),
          endTime: timeOf(NOW),
          attributes: sample.labels,
          value: sample.value,
        },
      ],
    });
    const [requests, tokens] = samples as [Sample, Sample];
    const midnight = NOW - 12 * 3_600_000;
    const encoded = JsonMetricsSerializer.serializeRequest({
      resource: resourceFromAttributes({
        'service.name': 'kimi-quota',
        'service.instance.id': 'ci-box',
      }),
      scopeMetrics: [
        {
          scope: { name: 'kimi-quota' },
          metrics: [
            { ...metric(requests, midnight), dataPointType: DataPointType.SUM, isMonotonic: true },
            { ...metric(tokens, NOW), dataPointType: DataPointType.GAUGE },
          ],
        },
      ],
    });
    const theirs = JSON.parse(new TextDecoder().decode(encoded)) as object;
    const ours = otlpRequest(samples, { machine: 'ci-box', now: NOW });
    assert.partialDeepStrictEqual(theirs, ours);
  });
});

describe('the environment of OpenTelemetry', () => {
  const general = { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otel.example/' };

  it('names the collector, with the path for metrics', () => {
    assert.equal(otlpAddress(general), 'https://otel.example/v1/metrics');
    const own = { ...general, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'https://m.example/x' };
    assert.equal(otlpAddress(own), 'https://m.example/x');
    assert.equal(otlpAddress({}), undefined);
  });

  it('gives its headers to its own collector only', () => {
    const environment = { ...general, OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a%20b, x=1' };
    const headers = { 'api-key': 'a b', x: '1' };
    assert.deepEqual(otlpHeaders('https://otel.example/v1/metrics', environment), headers);
    assert.deepEqual(otlpHeaders('https://elsewhere.example/v1/metrics', environment), {});
  });
});

describe('teamOnDemand', () => {
  it('loads and sends nothing with the default settings', async () => {
    const clock = new FakeClock(NOW);
    const engine = new Engine();
    const changes = new Emitter<boolean>();
    const archive = openMemoryArchive(clock);
    const team = teamOnDemand({
      archive,
      clock,
      lease: { isHeld: true, onDidChange: changes.event },
      log: new FakeLog(),
      random: () => 0.5,
      settings: () => Settings.parse({}),
      onDidChange: new Emitter<void>().event,
      readKey: async () => ({ kind: 'key', key: 'sk-kimi-made-up', isLinked: false }),
      fetch: engine.fetch,
    });
    changes.fire(true);
    await clock.advance(3_600_000);
    assert.deepEqual([engine.asked.length, clock.timerCount], [0, 0]);
    team.dispose();
    archive.dispose();
  });
});
