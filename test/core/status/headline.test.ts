import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Cause, Verdict } from '../../../src/core/incidents/verdict.ts';
import { type QuotaView, viewQuota } from '../../../src/core/quota/quotaView.ts';
import { type Incident, isCurrent } from '../../../src/core/incidents/incident.ts';
import { noticeWords } from '../../../src/core/notices/noticeWords.ts';
import { bannerOf } from '../../../src/core/panel/banner.ts';
import { publicSnapshot } from '../../../src/core/publicFigures.ts';
import { noteOf, runsOf } from '../../../src/core/status/lineNotes.ts';
import { openingOf } from '../../../src/core/status/opening.ts';
import { startAdvice, startWords } from '../../../src/core/status/startAdvice.ts';
import { headlineSentence } from '../../../src/core/status/headlineWords.ts';
import { quotaText, spokenStatus } from '../../../src/core/status/quotaFacts.ts';
import { statusText } from '../../../src/core/status/statusText.ts';
import { quotaTooltip } from '../../../src/vscode/quotaTooltip.ts';
import { arbitraryVerdictInput } from '../../support/arbitraryVerdictInput.ts';
import { headlineFor, type HeadlineParts } from '../../support/headlines.ts';
import { incidentOf, UNSURE } from '../../support/incidents.ts';
import { CHINESE, judgedIncident } from '../../support/judgedIncident.ts';
import {
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

const failing = (cause: Cause, verdict: Partial<Verdict> = {}, more: Partial<Incident> = {}) =>
  incidentOf(cause, {
    from: NOW,
    to: NOW,
    verdict: { ...UNSURE, cause, certainty: 'certain', ...verdict },
    ...more,
  });
const parallel = failing('own_concurrency', { retry: 'at', retryAt: NOW + 30_000 });
const spent5h = failing('quota_5h', { retry: 'at', retryAt: NOW + 2 * HOUR_MS });
const ok = viewOf(snapshotOf([FIVE_HOURS, WEEK], { parallelLimit: 20 }));
const used = (id: '5h' | 'week') =>
  viewOf(
    snapshotOf([
      { ...FIVE_HOURS, usedPercent: id === '5h' ? 100 : 16 },
      { ...WEEK, usedPercent: id === 'week' ? 100 : 33 },
    ]),
  );

describe('headlineWords', () => {
  const cases: [name: string, QuotaView, HeadlineParts, short: string, now: string][] = [
    [
      'slots are full',
      ok,
      { incidents: [parallel], inFlight: 22 },
      'Too many parallel · 22/20',
      'Waiting for a free slot: 22 of 20 in flight.',
    ],
    [
      'a slot is free',
      ok,
      { incidents: [parallel], inFlight: 19 },
      'Slot free · retry',
      'A slot is free: 19 of 20 in flight. Retry now.',
    ],
    [
      'requests in flight are unknown',
      ok,
      { incidents: [parallel] },
      'Too many parallel',
      'Retry when another request has ended.',
    ],
    ['a quota is used up', used('5h'), {}, '5h used up · resets 12:00', 'Resets in 2 h (12:00).'],
    [
      'the week is used up',
      used('week'),
      {},
      'Week used up · resets Sun 10:00',
      'Resets in 4 d (Sun 10:00).',
    ],
    [
      'a quota is used up and a slot is free',
      used('5h'),
      { incidents: [parallel], inFlight: 1 },
      '5h used up · resets 12:00',
      'Resets in 2 h (12:00).',
    ],
    [
      'a failure is newer than the number',
      ok,
      { incidents: [spent5h] },
      '5h used up · resets 12:00',
      'Resets in 2 h (12:00).',
    ],
    ['no key', viewQuota({ access: 'none' }, NOW), {}, 'Kimi: connect', ''],
    ['nothing is wrong', ok, {}, '', ''],
  ];
  for (const [name, view, parts, short, now] of cases)
    it(`${name}: ${short || 'numbers only'}`, () => {
      const words = headlineFor(view, parts);
      assert.deepEqual([words.short, words.now], [short, now]);
    });

  it('a newer number above 0 ends "used up"', () => {
    const view = viewOf(snapshotOf([FIVE_HOURS, WEEK], { at: NOW + 1 }));
    assert.equal(headlineFor(view, { incidents: [spent5h], now: NOW + MINUTE_MS }).short, '');
  });

  it('every fault offers a way out', () => {
    for (const [, outcome] of FAILURES)
      assert.ok(headlineFor(viewQuota({ access: 'key', outcome }, NOW)).action);
  });
});

/** Everything at one time: an incident, numbers of any age and requests in flight. */
const situation = fc.record({
  input: arbitraryVerdictInput,
  ago: fc.integer({ min: -MINUTE_MS, max: 10 * MINUTE_MS }),
  state: fc.constantFrom('running', 'over', 'gaveUp', 'recovered'),
  used: fc.tuple(fc.constantFrom(0, 16, 85, 99.5, 100), fc.constantFrom(0, 33, 100)),
  ageMs: fc.constantFrom(0, 30_000, 5 * MINUTE_MS, 20 * MINUTE_MS),
  hasExtraUsage: fc.boolean(),
  inFlight: fc.option(fc.nat(30), { nil: undefined }),
  morePeak: fc.nat(10),
  limit: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }),
});
type Generated = typeof situation extends fc.Arbitrary<infer T> ? T : never;

/** The account and the incident of a generated situation. */
function madeOf(given: Generated) {
  const {
    input,
    ago,
    state,
    used: [five, week],
    ageMs,
    inFlight,
    limit,
  } = given;
  const to = NOW - ago;
  const provider = input.provider === 'other' ? 'kimi-code' : input.provider;
  const incident = judgedIncident({ ...input, provider, now: NOW, from: to - 1000, to, state });
  const at = NOW - ageMs;
  const windows = [
    { ...FIVE_HOURS, usedPercent: five },
    { ...WEEK, usedPercent: week },
  ];
  const more = {
    at,
    ...(limit === undefined ? {} : { parallelLimit: limit }),
    ...(given.hasExtraUsage ? { extraUsage: { leftCents: 500, totalCents: 1000 } } : {}),
  };
  const view = viewOf(snapshotOf(windows, more));
  return { view, incident, inFlight };
}

function surfacesOf(given: Generated, locale = ENGLISH) {
  const { view, incident, inFlight } = madeOf(given);
  const parts = { incidents: [incident], locale, ...(inFlight === undefined ? {} : { inFlight }) };
  const words = headlineFor(view, parts);
  const account = { account: { id: 'kimiCode', endpoint: { problem: 'notAUrl' } }, view } as const;
  const options = { locale, side: 'remaining', now: NOW, activity: {}, headline: words } as const;
  const peak = (inFlight ?? 0) + given.morePeak;
  const activity =
    inFlight === undefined ? {} : { inFlight: { at: NOW, total: inFlight, peak, byAgent: [] } };
  const known = { activity, incidents: [incident], now: NOW };
  const advice = startAdvice(account, known);
  const noticed = { locale, now: NOW, region: 'kimi.com', accounts: [account], activity } as const;
  const banner = bannerOf({ account, forecasts: new Map(), locale, ...known });
  const run = runsOf([{ line: 0, explained: { kind: 'incident', incident } }])[0]!;
  return {
    advice,
    adviceWords: startWords(advice, NOW, locale),
    tool: publicSnapshot([account], known).accounts[0]!.start,
    opening: openingOf({ ...account, ...known }),
    check: quotaText([account], { locale, side: 'remaining', ...known }),
    banner: banner ? `${banner.title}. ${banner.text}` : '',
    bannerUntil: banner?.retryAt,
    note: noteOf(run, { account, ...known }, { locale }),
    notice: noticeWords(
      { kind: 'failure', subject: 's', incident, incidentId: incident.id },
      noticed,
    ),
    view,
    incident,
    words,
    status: statusText(view, { ...options, density: 'full', headline: words.short }),
    hover: quotaTooltip([account], options)
      .replaceAll('\\', '')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>'),
    spoken: spokenStatus(view, options),
    sentence: headlineSentence(words, locale),
  };
}

/** Made once: each check looks at all of them. */
let generated: readonly ReturnType<typeof surfacesOf>[] = [];
const holds = (check: (surfaces: ReturnType<typeof surfacesOf>) => void): void =>
  generated.forEach(check);

describe('headlines of 3,000 situations', () => {
  before(function () {
    this.timeout(60_000);
    generated = fc.sample(situation, { numRuns: 3000, seed: 1 }).map(given => surfacesOf(given));
  });

  it('every surface has the same cause and the same advice', () =>
    holds(({ words, hover, spoken, sentence }) => {
      if (words.headline.kind === 'state') return;
      for (const part of [words.title, words.now])
        for (const surface of [sentence, spoken, hover])
          assert.ok(surface.includes(part), `${surface} has no ${part}`);
    }));

  it('banner, text of check, and inline note have the same cause', () =>
    holds(({ words, banner, bannerUntil, check, note, incident }) => {
      if (words.headline.kind === 'state') return;
      assert.ok(banner.includes(words.title), `${banner} has no ${words.title}`);
      // Next to a countdown, the banner has the moment of the reset only.
      const isCounted = words.headline.kind === 'usedUp' && bannerUntil !== undefined;
      const [, moment] = /\((.+)\)\.$/.exec(isCounted ? words.now : '') ?? [];
      const now = isCounted ? `${moment}.` : words.now;
      assert.ok(banner.includes(now), `${banner} has no ${now}`);
      assert.ok(check.includes(words.title), `${check} has no ${words.title}`);
      if (words.headline.incident === incident) assert.ok(note.includes(words.title), note);
    }));

  it('a countdown of the banner is that of the headline', () =>
    holds(({ words, bannerUntil }) => {
      if (bannerUntil !== undefined) assert.equal(bannerUntil, words.until);
    }));

  it('no agent is told to start while nothing passes, and the tool gives the same advice', () =>
    holds(({ words: { headline }, advice, tool, opening, adviceWords, check }) => {
      assert.equal(tool.advice, advice.kind);
      const isBlocked =
        headline.kind === 'usedUp' ||
        (headline.kind === 'slots' && headline.isFull === true) ||
        (headline.kind === 'failing' && ['at', 'useless'].includes(headline.retry));
      if (!isBlocked) return;
      assert.equal(advice.kind, 'wait', adviceWords);
      assert.notEqual(opening.kind, 'open');
      assert.doesNotMatch(`${check} ${adviceWords}`, /[Rr]eady|[Rr]etry now/);
      if (headline.until !== undefined && advice.kind === 'wait')
        assert.equal(advice.until, headline.until);
    }));

  it('no surface claims that a past failure is happening', () =>
    holds(({ incident, words, note, banner, hover, check }) => {
      if (isCurrent(incident, NOW)) return;
      assert.equal(words.headline.incident, undefined);
      assert.doesNotMatch(note, /resets|retry/);
      assert.doesNotMatch(`${banner} ${hover} ${check}`, /requests are failing|failed\./);
    }));

  it('no number above 0 is next to "used up" of the same quota', () =>
    holds(({ words: { headline }, status, hover, spoken, banner, check }) => {
      if (headline.kind !== 'usedUp') return;
      assert.doesNotMatch(status, /%/);
      assert.doesNotMatch(banner, /[1-9]\d?% left/);
      if (headline.window?.id === '5h') assert.doesNotMatch(check, /5-hour quota: [1-9]\d?%/);
      assert.doesNotMatch(spoken, /% left/);
      if (headline.window?.id === '5h')
        assert.doesNotMatch(hover, /\| 5-hour quota \|[^|]*\| [1-9]\d?%/);
    }));

  it('nothing says retry now while a quota is used up', () =>
    holds(({ view, status, hover, spoken }) => {
      if (view.state !== 'exhausted') return;
      for (const surface of [status, hover, spoken]) assert.doesNotMatch(surface, /retry now/i);
    }));

  it('a countdown has an end that is a moment: a reset or a requested wait', () =>
    holds(({ words, incident }) => {
      if (words.until === undefined) return;
      assert.ok(words.until > NOW);
      const { cause } = incident.verdict;
      const isMoment =
        words.headline.kind === 'usedUp' ||
        cause === 'tpd' ||
        incident.fields.retryAfterSeconds !== undefined;
      assert.ok(isMoment, cause);
    }));

  it('a free slot and a full one exclude each other', () =>
    holds(({ words: { headline }, hover }) => {
      if (headline.kind !== 'slots' || headline.isFull === undefined) return;
      assert.equal(hover.includes('Waiting for a free slot'), headline.isFull);
      assert.equal(hover.includes('A slot is free'), !headline.isFull);
    }));

  it('next to a free slot, no advice says that all are in use', () =>
    holds(({ words: { headline }, adviceWords, check }) => {
      if (headline.kind !== 'slots' || headline.isFull !== false) return;
      assert.doesNotMatch(`${adviceWords} ${check}`, /are in use|Wait for/);
    }));

  it('a recovered failure is no headline', () =>
    holds(({ incident, words }) => {
      if (incident.state === 'recovered') assert.equal(words.headline.incident, undefined);
    }));

  it('no sentence of status bar, hover, banner and notification has more than 14 words', () =>
    holds(({ words, status, banner, notice, adviceWords }) => {
      const { title, numbers, now, next } = words;
      const texts = [title, numbers, now, next, status, banner, notice, adviceWords];
      for (const sentence of texts.flatMap(text => text.split(/(?<=[.!?])\s/)))
        assert.ok(sentence.split(/\s+/).length <= 14, sentence);
    }));

  it('the status text fits, and names no time zone', () =>
    holds(({ status, hover, banner, notice, note, check, adviceWords }) => {
      assert.ok(status.length <= 40, status);
      const all = [status, hover, banner, notice, note, check, adviceWords].join(' ');
      assert.doesNotMatch(all, /GMT|UTC/);
    }));

  it('every headline has Chinese words', () =>
    fc.assert(
      fc.property(situation, given => {
        surfacesOf(given, CHINESE);
      }),
      { numRuns: 500 },
    ));
});
