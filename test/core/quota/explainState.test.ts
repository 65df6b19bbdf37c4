import assert from 'node:assert/strict';
import type { EndpointProblem } from '../../../src/core/accounts/endpoint.ts';
import { baseUrlProblem, explainState } from '../../../src/core/status/explainState.ts';
import type { QuotaOutcome } from '../../../src/core/quota/outcome.ts';
import { viewQuota, type QuotaView } from '../../../src/core/quota/quotaView.ts';
import { english } from '../../../src/core/base/format.ts';
import {
  DATA_STATES,
  ENGLISH,
  FAILURES,
  FIVE_HOURS,
  MINUTE_MS,
  NOW,
  snapshotOf,
  viewOf,
  WEEK,
} from '../../support/quotaViews.ts';

const snapshot = snapshotOf([FIVE_HOURS, WEEK]);
const SENTENCES = /^(?:[A-Z$].{8,}[.]|)$/;

function assertExplained(view: QuotaView, happened: RegExp, toDo = /(?:)/): void {
  const explanation = explainState(view, ENGLISH);
  assert.match(explanation.happened, happened);
  assert.match(explanation.toDo, toDo);
  for (const part of Object.values(explanation)) {
    assert.match(part, SENTENCES);
    assert.doesNotMatch(part, /\{\d\}|undefined|NaN|\?\)/);
  }
}

const failed = (outcome: QuotaOutcome): QuotaView => viewQuota({ access: 'key', outcome }, NOW);

describe('explainState of numbers', () => {
  const cases: Record<string, [happened: RegExp, toDo: RegExp]> = {
    ok: [/^$/, /^$/],
    low: [/^Little is left: Week\.$/, /^$/],
    exhausted: [/^Used up: Week\..*refused/, /again in 4 d, or at once with Extra Usage/],
    extraUsage: [/^Used up: Week\..*paid from Extra Usage/, /^\$12\.34 of it is left/],
    resetting: [/just been reset/, /^$/],
    stale: [/not asked for a while/, /Refresh/],
    unknown: [/said no share/, /^$/],
  };
  for (const [state, view] of DATA_STATES)
    it(`has sentences for ${state}`, () => assertExplained(view, ...cases[state]!));

  it('does not say when a spent window without a reset time works again', () =>
    assertExplained(viewOf(snapshotOf([{ id: '5h', usedPercent: 100 }])), /^Used up/, /^$/));
  it('says that money is gone', () =>
    assertExplained(viewOf(snapshotOf([], { balance: { available: 0 } })), /balance/, /Recharge/));
  it('does not say that there is no key where the key ring is silent', () =>
    assertExplained(viewQuota({ access: 'unanswered' }, NOW), /did not answer/, /unlock it/));
  it('says that it asks for the first time', () =>
    assertExplained(viewQuota({}, NOW), /first time/));
});

describe('explainState of failures', () => {
  const causes: [words: RegExp, toDo: RegExp][] = [
    [/did not accept the key/, /another host or region/],
    [/usage limit is reached/, /console/],
    [/too many requests are running/, /again shortly/],
    [/verify your membership/, /plan is active/],
    [/does not accept this program/, /not the cause/],
    [/closed the access/, /support/],
    [/no reason that we know\. It need not be the key/, /console/],
    [/no Kimi Code plan/, /Renew the plan/],
    [/endpoint itself is limiting us\. This says nothing about your quota/, /later/],
    [/endpoint itself is limiting us/, /at least 10 min/],
    [/not there \(HTTP 404\)/, /base URL/],
    [/form that this version does not know/, /update/],
    [/name of the host was not found/, /network/],
    [/refused the connection/, /firewall/],
    [/certificate.*\(CERT_HAS_EXPIRED\)/, /http\.systemCertificates/],
    [/proxy/, /http\.proxy/],
    [/not answer in time/, /by itself/],
    [/connection was cut/, /by itself/],
    [/fault of its own \(HTTP 503\)/, /by itself/],
    [/another address \(evil\.example\); the key was not sent there/, /base URL/],
    [/web page answered/, /log in/],
  ];
  for (const [index, [, outcome]] of FAILURES.entries())
    it(`has sentences for ${JSON.stringify(outcome)}`, () =>
      assertExplained(failed(outcome), ...causes[index]!));

  for (const [retryAfterMs, words] of [
    [0, '5 min'],
    [1_152_000, '19 min'],
    [1e12, '1 h'],
  ] as const)
    it(`says ${words} for a Retry-After of ${retryAfterMs} ms, as the rhythm will do`, () =>
      assertExplained(
        failed({ kind: 'rateLimited', retryAfterMs }),
        /limiting us/,
        new RegExp(`^It wants no request for at least ${words}\\.$`),
      ));

  it('speaks of the missing key, not of what the last one met', () => {
    for (const [, outcome] of FAILURES)
      assertExplained(viewQuota({ access: 'none', outcome }, NOW), /^No key is set\.$/, /Set a/);
  });
});

describe('explainState of a log-in that has ended', () => {
  const access = 'tokenExpired';

  it('says that it renews, which is no sign-out', () =>
    assertExplained(
      viewQuota({ access }, NOW),
      /log-in .* has ended for now/,
      /It renews when you/,
    ));
  it('says so whatever the last answer was, beside the age of the numbers', () => {
    for (const [, outcome] of FAILURES) {
      const view = viewOf(snapshot, 7 * MINUTE_MS, { outcome, access });
      assertExplained(view, /log-in .* has ended for now/);
      assert.match(explainState(view, ENGLISH).stillTrue, /7 min ago/);
    }
  });
});

describe('explainState of old numbers', () => {
  const age = /^The numbers shown are the last known ones \(7 min ago\)\.$/;
  const old = (view: QuotaView): string => explainState(view, ENGLISH).stillTrue;

  it('says their age after every failure', () => {
    for (const [, outcome] of FAILURES)
      assert.match(old(viewOf(snapshot, 7 * MINUTE_MS, { outcome })), age);
  });
  it('says the age of a balance too', () => {
    const balance = snapshotOf([], { balance: { available: 5 } });
    assert.match(old(viewOf(balance, 7 * MINUTE_MS, { outcome: { kind: 'unauthorized' } })), age);
  });
  it('says it when they are stale', () =>
    assert.match(old(viewOf(snapshot, 1e7)), /2 h 46 min ago/));
  it('says nothing of present ones', () => assert.equal(old(viewOf(snapshot)), ''));
  it('says nothing where there are none', () =>
    assert.equal(old(failed({ kind: 'unauthorized' })), ''));
});

describe('baseUrlProblem', () => {
  const cases: Record<EndpointProblem['problem'], RegExp> = {
    notAUrl: /not a web address/,
    notHttps: /begin with https:/,
    hasCredentials: /user name or password/,
    hasQuery: /without \? or #/,
  };
  for (const [problem, words] of Object.entries(cases))
    it(`has a sentence for ${problem}`, () => {
      const endpointProblem = problem as EndpointProblem['problem'];
      assert.match(baseUrlProblem(endpointProblem, english), words);
      assertExplained(viewQuota({ endpointProblem }, NOW), words, /Change the setting/);
    });
});
