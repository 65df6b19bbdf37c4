import assert from 'node:assert/strict';
import { bannerOf, type BannerInput } from '../../../src/core/panel/banner.ts';
import { presentSection, type PresentInput } from '../../../src/core/panel/presentSection.ts';
import type { Forecast } from '../../../src/core/quota/forecast.ts';
import type { QuotaView } from '../../../src/core/quota/quotaView.ts';
import { incidentOf, UNSURE } from '../../support/incidents.ts';
import {
  DAY_MS,
  ENGLISH,
  FAILURES,
  FIVE_HOURS,
  HOUR_MS,
  MINUTE_MS,
  NOW,
  snapshotOf,
  viewOf,
  WEEK,
} from '../../support/quotaViews.ts';

const moment = { now: NOW, locale: ENGLISH };

describe('the dashboard: quota', () => {
  const kimiCode = { id: 'kimiCode', endpoint: { problem: 'notAUrl' } } as never;
  const present = (change: Partial<PresentInput> = {}) =>
    presentSection({
      accounts: [
        {
          account: kimiCode,
          view: viewOf(snapshotOf([FIVE_HOURS, WEEK], { parallelLimit: 10, plan: 'Moderato' })),
        },
      ],
      activity: {},
      forecasts: new Map(),
      facts: [],
      ...moment,
      ...change,
    });
  const ofView = (view: QuotaView) => present({ accounts: [{ account: kimiCode, view }] });

  it('has a card for each quota with its reset, relative first', () => {
    const { account } = present();
    assert.equal(account?.name, 'Kimi Code');
    assert.equal(account?.plan, 'Moderato');
    assert.deepEqual(
      account?.cards.map(({ name, head, value, unit, tone, badge }) => [
        name,
        head,
        `${value} ${unit}`,
        tone,
        badge,
      ]),
      [
        ['5-hour quota', 'resets in 2 h · 12:00', '84% left', 'good', undefined],
        ['Weekly quota', 'resets in 4 d · Sun 10:00', '67% left', 'good', undefined],
      ],
    );
    assert.deepEqual(account?.cards[1]?.notes, ['budget 16.7% a day']);
  });

  const tones: [usedPercent: number | undefined, tone: string, badge: string | undefined][] = [
    [0, 'good', undefined],
    [79, 'good', undefined],
    [80, 'low', 'tightest'],
    [99.5, 'low', 'tightest'],
    [100, 'spent', 'tightest'],
    [undefined, 'unknown', undefined],
  ];
  for (const [usedPercent, tone, badge] of tones)
    it(`calls ${usedPercent ?? 'an unknown percentage'} used ${tone}${badge ? ', the tightest' : ''}`, () => {
      const { usedPercent: _, ...window } = FIVE_HOURS;
      const shown = usedPercent === undefined ? window : { ...window, usedPercent };
      const card = ofView(viewOf(snapshotOf([shown, WEEK]))).account?.cards[0];
      assert.deepEqual([card?.tone, card?.badge], [tone, badge]);
    });

  it('has cards for Extra Usage and for a balance', () => {
    const extraUsage = {
      leftCents: 1250,
      totalCents: 5000,
      currency: 'USD',
      monthlyCapCents: 5000,
      monthlyUsedCents: 750,
    };
    const [, card] = ofView(viewOf(snapshotOf([WEEK], { extraUsage }))).account!.cards;
    assert.deepEqual(
      [card?.value, card?.percent, card?.notes[0]],
      ['$12.50', 85, '$7.50 of your $50.00 monthly cap used'],
    );
    const balance = { available: 49.58, voucher: 10, cash: 39.58, currency: 'USD' };
    const money = ofView(viewOf(snapshotOf([], { balance }))).account!.cards[0];
    assert.deepEqual([money?.value, money?.percent, money?.tone], ['$49.58', undefined, 'money']);
    const none = ofView(viewOf(snapshotOf([], { balance: { available: 0 } }))).account!.cards[0];
    assert.equal(none?.tone, 'spent');
  });

  it('has a tab for each account and shows the selected one', () => {
    const balance = { available: 49.58, currency: 'USD' };
    const accounts = [
      { account: kimiCode, view: viewOf(snapshotOf([FIVE_HOURS])) },
      { account: { id: 'moonshot.ai' } as never, view: viewOf(snapshotOf([], { balance })) },
    ];
    const shown = present({ accounts, selected: 'moonshot.ai' });
    assert.deepEqual(
      shown.tabs.map(({ id, figure, isOn }) => [id, figure, isOn]),
      [
        ['kimiCode', '84%', false],
        ['moonshot.ai', '$49.58', true],
      ],
    );
    assert.deepEqual(
      shown.account?.cards.map(({ id }) => id),
      ['balance'],
    );
    assert.equal(present({ accounts, selected: 'gone' }).account?.cards[0]?.id, '5h');
  });

  it('counts parallel slots by agent, with the limit', () => {
    const byAgent = [{ agent: 'kimi-code', count: 3 } as const];
    const { slots } = present({ activity: { inFlight: { at: NOW, total: 3, byAgent } } });
    assert.deepEqual(slots, {
      text: 'Parallel slots in use: 3 of 10',
      inUse: 3,
      limit: 10,
      agents: [{ name: 'Kimi Code', count: 3 }],
    });
    assert.equal(present().slots, undefined);
  });

  it('offers actions and no numbers without a key', () => {
    const shown = ofView(viewOf(snapshotOf([FIVE_HOURS]), 0, { access: 'none' }));
    assert.deepEqual([shown.account, shown.banner, shown.tabs], [undefined, undefined, []]);
    assert.deepEqual(
      shown.empty?.actions.map(({ command }) => command),
      ['setApiKey', 'importKey', 'trySampleData'],
    );
  });

  const range = { windowId: 'week', from: NOW + 30 * HOUR_MS, resetsAt: NOW + 4 * DAY_MS };
  const paces: [Forecast, pace: string, tone: string][] = [
    [
      { kind: 'runsOut', ...range, to: NOW + 40 * HOUR_MS },
      'Runs out ~Thu 21:00, 2 d early',
      'low',
    ],
    [{ kind: 'maybe', ...range }, 'May run out after Thu 16:00', 'low'],
    [{ kind: 'resetsFirst', ...range }, '9% in reserve · lasts until reset', 'good'],
    [{ kind: 'idle', windowId: 'week' }, '9% in reserve · lasts until reset', 'good'],
    [{ kind: 'notEnoughData', windowId: 'week' }, '9% in reserve', 'unknown'],
  ];
  for (const [forecast, pace, tone] of paces)
    it(`says for a forecast "${forecast.kind}": ${pace}`, () => {
      const { account } = present({ forecasts: new Map([['week', forecast]]) });
      assert.deepEqual(account?.cards[1]?.pace, { tone, text: pace });
    });

  it('has no pace for an old number', () => {
    const { account } = ofView(viewOf(snapshotOf([WEEK]), 16 * MINUTE_MS));
    assert.equal(account?.cards[0]?.pace, undefined);
  });
});

describe('the dashboard: banner', () => {
  const account = {
    account: { id: 'kimiCode', endpoint: { problem: 'notAUrl' } } as never,
    view: viewOf(snapshotOf([FIVE_HOURS, WEEK], { parallelLimit: 10 })),
  };
  const inFlight = (total: number) => ({ inFlight: { at: NOW, total, byAgent: [] } });
  const banner = (change: Partial<BannerInput> = {}) =>
    bannerOf({ account, activity: {}, forecasts: new Map(), incidents: [], ...moment, ...change });
  const parallel = incidentOf('parallel', {
    from: NOW,
    to: NOW,
    count: 11,
    verdict: {
      ...UNSURE,
      cause: 'own_concurrency',
      certainty: 'likely',
      retry: 'at',
      retryAt: NOW + 30_000,
      steps: [{ id: 'fewerAgents', agent: 'kimi-code', count: 20 }],
    },
  });

  it('has the cause, the numbers and the setting to copy while requests fail', () => {
    const shown = banner({ incidents: [parallel], activity: inFlight(12) });
    assert.equal(shown?.title, 'Too many parallel requests (likely)');
    assert.equal(shown?.meta, 'started 10:00 · 11 failures');
    assert.deepEqual(shown?.fix, {
      label: 'Prevent it:',
      code: 'KIMI_CODE_AGENT_SWARM_MAX_CONCURRENCY=16',
    });
    assert.deepEqual(
      shown?.actions.map(({ kind }) => kind),
      ['incident', 'log'],
    );
  });

  const waits: [change: Partial<BannerInput>, text: string, retryAt: number | undefined][] = [
    [{ activity: inFlight(12) }, 'Waiting for a free slot: 12 of 10 in flight.', undefined],
    [{ activity: inFlight(9) }, 'A slot is free: 9 of 10 in flight. Retry now.', undefined],
    [
      {
        activity: inFlight(9),
        incidents: [{ ...parallel, fields: { retryAfterSeconds: 30 } }],
      },
      'Retry in under 1 min (10:00).',
      NOW + 30_000,
    ],
    [
      {
        incidents: [
          {
            ...parallel,
            verdict: { ...parallel.verdict, cause: 'quota_5h', retryAt: NOW + 2 * HOUR_MS },
          },
        ],
      },
      'Resets at 12:00.',
      NOW + 2 * HOUR_MS,
    ],
    [
      {
        incidents: [
          {
            ...parallel,
            verdict: { ...parallel.verdict, cause: 'quota_5h', retryAt: NOW + 20 * HOUR_MS },
          },
        ],
      },
      'Resets Thu 06:00.',
      NOW + 20 * HOUR_MS,
    ],
  ];
  for (const [change, text, retryAt] of waits)
    it(`says "${text}"${retryAt === undefined ? ' without' : ' with'} a countdown`, () => {
      const shown = banner({ incidents: [parallel], ...change });
      assert.ok(shown?.text.includes(text), shown?.text);
      assert.equal(shown?.retryAt, retryAt);
    });

  it('has a problem of the account before advice, and a way out', () => {
    for (const [state, outcome] of FAILURES) {
      const view = viewOf(snapshotOf([FIVE_HOURS]), 0, { outcome });
      const shown = banner({ account: { ...account, view } });
      assert.ok(shown && shown.title !== '' && shown.actions.length > 0, state);
    }
  });

  it('says that every quota lasts, or which one does not', () => {
    const lasting = new Map<string, Forecast>(
      ['5h', 'week'].map(windowId => [windowId, { kind: 'idle', windowId }]),
    );
    const calm = banner({ forecasts: lasting, activity: inFlight(2) });
    assert.deepEqual(
      [calm?.tone, calm?.title, calm?.text],
      [
        'good',
        'Ready to start agents',
        'Room for 8 more parallel requests. Every quota lasts until its reset.',
      ],
    );
    const short: Forecast = {
      kind: 'runsOut',
      windowId: 'week',
      from: NOW + 30 * HOUR_MS,
      to: NOW + 40 * HOUR_MS,
      resetsAt: NOW + 4 * DAY_MS,
    };
    const warning = banner({ forecasts: new Map([...lasting, ['week', short]]) });
    assert.deepEqual(
      [warning?.tone, warning?.text],
      ['low', 'Room for 10 more parallel requests. Weekly quota: Runs out ~Thu 21:00, 2 d early.'],
    );
  });
});
