import assert from 'node:assert/strict';
import { openMemoryArchive } from '../../support/memoryArchive.ts';
import {
  loadPlan,
  parsePlan,
  PLAN_INTERVAL_MS,
  savePlan,
  type Plan,
} from '../../../src/core/quota/plan.ts';
import { viewQuota } from '../../../src/core/quota/quotaView.ts';
import { settled } from '../../support/fakeClock.ts';
import { FakeMachine } from '../../support/fakeMachine.ts';
import { ORIGIN, snapshotOf } from '../../support/fakeQuotaClient.ts';

const MIN = 60_000;
const DAY = 24 * 60 * MIN;
const ME = {
  user_id: 'u_123',
  nickname: 'canary-nickname',
  email: 'canary@example.invalid',
  phone: { country_code: '86', number: '176****0000' },
  status: 'USER_STATUS_NORMAL',
  region: 'REGION_CN',
  user_level: 30,
  user_level_name: 'Vivace',
  domain_name: 'DOMAIN_EXAMPLE',
  goods_version: 2,
};

describe('parsePlan', () => {
  it('keeps four fields and no personal data', () =>
    assert.deepEqual(parsePlan(ME), {
      levelName: 'Vivace',
      status: 'USER_STATUS_NORMAL',
      region: 'REGION_CN',
      goodsVersion: 2,
    }));

  const names: [name: unknown, expected: string | undefined][] = [
    ['Pro', 'Pro'],
    ['<img src=x> $(zap) [a](b)', 'img src x (zap) a (b)'],
    ['', undefined],
    [7, undefined],
    [null, undefined],
    [undefined, undefined],
  ];
  for (const [name, expected] of names)
    it(`reads ${JSON.stringify(name)} as ${expected ?? 'no plan'}`, () =>
      assert.equal(parsePlan({ ...ME, user_level_name: name })?.levelName, expected));
  for (const body of [undefined, null, 'x', [], {}, { data: ME }])
    it(`reads no plan from ${JSON.stringify(body)?.slice(0, 20)}`, () =>
      assert.equal(parsePlan(body), undefined));

  it('drops a field with a wrong value', () =>
    assert.deepEqual(parsePlan({ ...ME, status: 'canary@example.invalid', region: {} }), {
      levelName: 'Vivace',
      status: undefined,
      region: undefined,
      goodsVersion: 2,
    }));
});

describe('loadPlan', () => {
  it('returns a stored plan only for its origin', async () => {
    const archive = openMemoryArchive();
    await savePlan(archive, ORIGIN, { askedAt: 1, plan: { levelName: 'Pro' } });
    assert.equal((await loadPlan(archive, ORIGIN))?.plan?.levelName, 'Pro');
    assert.equal(await loadPlan(archive, 'https://api.kimi.ai'), undefined);
  });
  for (const json of ['', 'null', '{}', '{"askedAt":"x"}', '[1]'])
    it(`knows nothing from ${JSON.stringify(json)}`, async () => {
      const archive = openMemoryArchive();
      await archive.set(`plan ${ORIGIN}`, json);
      assert.equal(await loadPlan(archive, ORIGIN), undefined);
    });
});

let machine: FakeMachine;
const asked = (): number => machine.kimi.planRequests.length;
const open = (): void => {
  machine = new FakeMachine();
  machine.kimi.plan = { levelName: 'Vivace', goodsVersion: 2 };
};

describe('QuotaPoller: the plan', () => {
  beforeEach(open);
  afterEach(() => machine.dispose());

  it('is requested after a success without a plan name, and shown', async () => {
    const { store } = await machine.openAlone();
    await settled();
    assert.equal(asked(), 1);
    assert.equal(viewQuota(store.status, machine.clock.now()).plan, 'Vivace');
  });

  it('is requested once a day in ten windows, whatever they do', async () => {
    for (let index = 0; index < 10; index++) await machine.open(true);
    await machine.clock.advance(20 * MIN);
    assert.equal(asked(), 1);
    machine.clock.setNow(machine.clock.now() + DAY);
    await machine.clock.advance(20 * MIN);
    assert.equal(asked(), 2);
  });

  it('is known to every window, and to the next one', async () => {
    const [first, second] = [await machine.open(true), await machine.open()];
    await machine.clock.advance(10_000);
    assert.equal(second.store.status.plan, 'Vivace');
    first.close();
    second.close();
    assert.equal((await machine.open()).store.status.plan, 'Vivace');
    assert.equal(asked(), 1);
  });

  it('is not requested if the response names it', async () => {
    const snapshot = { ...snapshotOf(machine.clock.now(), 16), plan: 'Allegro' };
    machine.kimi.answer = () => ({ kind: 'fresh', snapshot });
    const { store } = await machine.openAlone();
    await settled();
    assert.equal(asked(), 0);
    assert.equal(viewQuota(store.status, machine.clock.now()).plan, 'Allegro');
  });

  it('takes precedence over a level', async () => {
    const snapshot = { ...snapshotOf(machine.clock.now(), 16), plan: 'Super plus' };
    machine.kimi.answer = () => ({ kind: 'fresh', snapshot });
    const { store } = await machine.openAlone();
    await settled();
    assert.equal(viewQuota(store.status, machine.clock.now()).plan, 'Vivace');
  });
});

describe('QuotaPoller: the plan, politely', () => {
  beforeEach(open);
  afterEach(() => machine.dispose());

  for (const outcome of [
    { kind: 'unauthorized' },
    { kind: 'forbidden', reason: 'membership' },
    { kind: 'rateLimited' },
    { kind: 'unreachable', cause: 'server' },
  ] as const)
    it(`is not requested after ${outcome.kind}`, async () => {
      machine.kimi.answer = () => outcome;
      await machine.openAlone();
      await machine.clock.advance(60 * MIN);
      assert.equal(asked(), 0);
    });

  it('is not requested again on the same day when it was missing', async () => {
    machine.kimi.plan = undefined;
    const { store } = await machine.openAlone();
    await machine.clock.advance(DAY - 10 * MIN);
    assert.equal(asked(), 1);
    assert.equal(store.status.plan, undefined);
    assert.ok(!machine.log.lines.some(line => /error|warn/.test(line)));
  });

  it('stays the same when it is missing a day later', async () => {
    const { store } = await machine.openAlone();
    await settled();
    machine.kimi.plan = undefined;
    await machine.clock.advance(DAY + 10 * MIN);
    assert.equal(asked(), 2);
    assert.equal(store.status.plan, 'Vivace');
  });

  it('delays nothing while pending, and is no read', async () => {
    machine.kimi.readPlan = () => new Promise(() => {});
    const { poller, store } = await machine.openAlone();
    assert.equal(store.status.outcome?.kind, 'fresh');
    await machine.clock.advance(15_000);
    await poller.ask();
    assert.equal(machine.requestCount, 2);
  });

  it('is deleted with the key, and requested with the next one', async () => {
    const { poller, store } = await machine.openAlone();
    await settled();
    machine.kimi.plan = { levelName: 'Pro' };
    machine.key = 'sk-kimi-two';
    await poller.keyChanged();
    await settled();
    assert.deepEqual(
      machine.kimi.planRequests.map(({ key }) => key),
      ['sk-kimi-one', 'sk-kimi-two'],
    );
    assert.equal(store.status.plan, 'Pro');
  });

  it('of an earlier key is dropped when it arrives late', async () => {
    const { poller, store } = await machine.openAlone();
    await settled();
    await machine.clock.advance(PLAN_INTERVAL_MS - 10 * MIN);
    let answer = (_: Plan): void => undefined;
    const late = new Promise<Plan>(resolve => (answer = resolve));
    machine.kimi.readPlan = () => late;
    await machine.clock.advance(20 * MIN);
    machine.kimi.readPlan = async () => undefined;
    machine.key = 'sk-kimi-two';
    await poller.keyChanged();
    answer({ levelName: 'Old' });
    await settled();
    assert.equal(store.status.plan, undefined);
  });
});
