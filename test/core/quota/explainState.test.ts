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
    low: [/^Running low: Weekly quota\.$/, /^$/],
    exhausted: [
      /^Used up: Weekly quota\..*rejected/,
      /Resets in 4 d\. Extra Usage works right away/,
    ],
    extraUsage: [/^Used up: Weekly quota\..*paid Extra Usage/, /^\$12\.34 of Extra Usage left/],
    resetting: [/just reset/, /^$/],
    stale: [/hasn't been checked recently/, /Refresh/],
    unknown: [/returned no percentages/, /^$/],
  };
  for (const [state, view] of DATA_STATES)
    it(`has sentences for ${state}`, () => assertExplained(view, ...cases[state]!));

  it('gives no time for a used-up quota without a reset time', () =>
    assertExplained(viewOf(snapshotOf([{ id: '5h', usedPercent: 100 }])), /^Used up/, /^$/));
  it('explains that the account is out of credit', () =>
    assertExplained(
      viewOf(snapshotOf([], { balance: { available: 0 } })),
      /^Out of credit/,
      /^Top up/,
    ));
  it('does not report a missing key if the key ring does not respond', () =>
    assertExplained(viewQuota({ access: 'unanswered' }, NOW), /did not respond/, /unlock it/));
  it('reports the first check', () => assertExplained(viewQuota({}, NOW), /first time/));
});

describe('explainState of failures', () => {
  const causes: [words: RegExp, toDo: RegExp][] = [
    [/rejected the key/, /another host or region/],
    [/usage limit is reached/, /console/],
    [/too many requests are in flight/, /again shortly/],
    [/verify your membership/, /plan is active/],
    [/doesn't accept this program/, /isn't the cause/],
    [/closed this account's access/, /support/],
    [/unknown reason\. Your key may be fine/, /console/],
    [/no Kimi Code plan/, /Renew the plan/],
    [/rate limiting quota checks\. Your quota isn't affected/, /later/],
    [/rate limiting quota checks/, /at least 10 min/],
    [/not found \(HTTP 404\)/, /base URL/],
    [/unknown format/, /^Update/],
    [/host name was not found/, /network/],
    [/refused the connection/, /firewall/],
    [/certificate.*\(CERT_HAS_EXPIRED\)/, /http\.systemCertificates/],
    [/proxy/, /http\.proxy/],
    [/not respond in time/, /on its own/],
    [/connection was interrupted/, /on its own/],
    [/server error \(HTTP 503\)/, /on its own/],
    [/redirected to evil\.example\. Your key was not sent there/, /base URL/],
    [/web page responded/, /sign in/],
  ];
  for (const [index, [, outcome]] of FAILURES.entries())
    it(`has sentences for ${JSON.stringify(outcome)}`, () =>
      assertExplained(failed(outcome), ...causes[index]!));

  for (const [retryAfterMs, words] of [
    [0, '5 min'],
    [1_152_000, '19 min'],
    [1e12, '1 h'],
  ] as const)
    it(`gives ${words} for a Retry-After of ${retryAfterMs} ms, the actual wait`, () =>
      assertExplained(
        failed({ kind: 'rateLimited', retryAfterMs }),
        /rate limiting quota checks/,
        new RegExp(`^Kimi asks clients to wait at least ${words}\\.$`),
      ));

  it('reports the missing key, not the last outcome', () => {
    for (const [, outcome] of FAILURES)
      assertExplained(viewQuota({ access: 'none', outcome }, NOW), /^No API key\.$/, /Set a/);
  });
});

describe('explainState of an expired sign-in', () => {
  const access = 'tokenExpired';

  it('explains that it renews', () =>
    assertExplained(viewQuota({ access }, NOW), /sign-in has expired/, /It renews when you/));
  it('reports it after every outcome, with the age of the numbers', () => {
    for (const [, outcome] of FAILURES) {
      const view = viewOf(snapshot, 7 * MINUTE_MS, { outcome, access });
      assertExplained(view, /sign-in has expired/);
      assert.match(explainState(view, ENGLISH).stillTrue, /7 min ago/);
    }
  });
});

describe('explainState of old numbers', () => {
  const age = /^These are the last known numbers \(7 min ago\)\.$/;
  const old = (view: QuotaView): string => explainState(view, ENGLISH).stillTrue;

  it('shows their age after every failure', () => {
    for (const [, outcome] of FAILURES)
      assert.match(old(viewOf(snapshot, 7 * MINUTE_MS, { outcome })), age);
  });
  it('shows the age of a balance too', () => {
    const balance = snapshotOf([], { balance: { available: 5 } });
    assert.match(old(viewOf(balance, 7 * MINUTE_MS, { outcome: { kind: 'unauthorized' } })), age);
  });
  it('shows their age when they are stale', () =>
    assert.match(old(viewOf(snapshot, 1e7)), /2 h 46 min ago/));
  it('is silent about current ones', () => assert.equal(old(viewOf(snapshot)), ''));
  it('is silent without numbers', () => assert.equal(old(failed({ kind: 'unauthorized' })), ''));
});

describe('baseUrlProblem', () => {
  const cases: Record<EndpointProblem['problem'], RegExp> = {
    notAUrl: /isn't a web address/,
    notHttps: /start with https:/,
    hasCredentials: /user name or password/,
    hasQuery: /without \? or #/,
  };
  for (const [problem, words] of Object.entries(cases))
    it(`has a sentence for ${problem}`, () => {
      const endpointProblem = problem as EndpointProblem['problem'];
      assert.match(baseUrlProblem(endpointProblem, english), words);
      assertExplained(viewQuota({ endpointProblem }, NOW), words, /Change or clear the setting/);
    });
});
