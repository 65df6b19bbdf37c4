import assert from 'node:assert/strict';
import type { DirectAnswer } from '../../../src/core/diagnosis/directRequest.ts';
import {
  compareDirect,
  type FailureFacts,
  type Outcome,
  OUTCOMES,
  type Reason,
  REASONS,
} from '../../../src/core/diagnosis/directTest.ts';
import {
  CODE,
  GLOBAL,
  AI,
  CN,
  ORG_A,
  ORG_B,
  raw,
  WORKS,
  WORKS_AS,
  code,
  platform,
  lost,
  byProxy,
  failed,
  now,
  gateway,
  onAi,
} from '../../support/directAnswers.ts';
import {
  KIMI_CODE_ERRORS,
  type KimiCodeErrorName,
} from '../../support/kimiService/kimiCodeErrors.ts';
import {
  PLATFORM_ERRORS,
  type PlatformErrorName,
} from '../../support/kimiService/platformErrors.ts';

type Row = readonly [
  fact: string,
  failure: FailureFacts | undefined,
  answer: DirectAnswer,
  outcome: Outcome,
  reason: Reason,
  origin?: string,
];

const ROWS: readonly Row[] = [
  // It works here.
  ['parallel limit, minutes ago', failed('concurrency'), WORKS, 'over', 'worksNow'],
  ['parallel limit, now', failed('concurrency', now), WORKS, 'client', 'worksAlone'],
  ['RPM, now', failed('rpm', { ...now, ...onAi }), WORKS, 'client', 'worksAlone', AI],
  ['RPM, minutes ago', failed('rpm', onAi), WORKS, 'over', 'worksNow', AI],
  ['TPM, now', failed('tpm', { ...now, ...onAi }), WORKS, 'client', 'worksAlone', AI],
  ['TPD, now', failed('tpd', { ...now, ...onAi }), WORKS, 'over', 'smallRequestFits', AI],
  ['TPD, yesterday', failed('tpd', onAi), WORKS, 'over', 'worksNow', AI],
  ['an unnamed limit, now', failed('rate_limited_ambiguous', now), WORKS, 'client', 'worksAlone'],
  ['an unnamed limit, before', failed('rate_limited_ambiguous'), WORKS, 'over', 'worksNow'],
  [
    '5-hour quota, before its reset',
    failed('quota_5h', now),
    WORKS,
    'otherAccount',
    'quotaLeftHere',
  ],
  ['5-hour quota, after it', failed('quota_5h'), WORKS, 'over', 'worksNow'],
  ['weekly quota, now', failed('quota_weekly', now), WORKS, 'otherAccount', 'quotaLeftHere'],
  ['monthly quota, now', failed('quota_monthly', now), WORKS, 'otherAccount', 'quotaLeftHere'],
  ['a quota, now', failed('quota_unspecified', now), WORKS, 'otherAccount', 'quotaLeftHere'],
  ['overload, now', failed('overloaded', now), WORKS, 'client', 'overloadOnlyThere'],
  ['overload, before', failed('overloaded'), WORKS, 'over', 'worksNow'],
  ['a server error, now', failed('server_error', now), WORKS, 'over', 'worksNow'],
  ['a server error, before', failed('server_error'), WORKS, 'over', 'worksNow'],
  ['no connection, now', failed('network', now), WORKS, 'client', 'connectionDiffers'],
  ['no connection, before', failed('network'), WORKS, 'over', 'worksNow'],
  ['a rejected key', failed('auth'), WORKS, 'client', 'keyWorksHere'],
  ['a client that is not accepted', failed('client_not_accepted'), WORKS, 'client', 'keyWorksHere'],
  ['an unknown model', failed('wrong_endpoint'), WORKS, 'client', 'requestDiffers'],
  ['too long a context', failed('context_length'), WORKS, 'client', 'requestDiffers'],
  ['an invalid request', failed('bad_request'), WORKS, 'client', 'requestDiffers'],
  ['an empty balance', failed('balance', onAi), WORKS, 'otherAccount', 'accountIsFine', AI],
  ['no membership', failed('membership'), WORKS, 'otherAccount', 'accountIsFine'],
  ['no such model in the plan', failed('entitlement'), WORKS, 'otherAccount', 'accountIsFine'],
  ['a closed account', failed('account_closed'), WORKS, 'otherAccount', 'accountIsFine'],
  ['a bare 403, now', failed('permission', now), WORKS, 'client', 'requestDiffers'],
  ['a bare 403, before', failed('permission'), WORKS, 'over', 'worksNow'],
  ['no text, now', failed(null, now), WORKS, 'client', 'requestDiffers'],
  ['no text, before', failed(null), WORKS, 'over', 'worksNow'],
  ['an unknown text', failed('unknown'), WORKS, 'over', 'worksNow'],
  ['no failure at all', undefined, WORKS, 'over', 'worksNow'],
  // A gateway or another provider is in between.
  ['no balance, by a gateway', failed('balance', gateway), WORKS, 'gateway', 'worksWithoutGateway'],
  ['a rejected key, by one', failed('auth', gateway), WORKS, 'gateway', 'worksWithoutGateway'],
  [
    'a limit, by one, now',
    failed('rpm', { ...gateway, ...now }),
    WORKS,
    'gateway',
    'worksWithoutGateway',
  ],
  ['a limit, by one, before', failed('rpm', gateway), WORKS, 'over', 'worksNow'],
  [
    'no balance at a reseller',
    failed('balance', { isOther: true }),
    WORKS,
    'gateway',
    'otherProvider',
  ],
  [
    'no balance, by a gateway; Kimi says the same',
    failed('balance', gateway),
    platform('suspended'),
    'account',
    'sameRefusal',
    AI,
  ],
  [
    'no balance, by a gateway; Kimi names a quota',
    failed('balance', gateway),
    code('fiveHour'),
    'gateway',
    'gatewayRewrites',
  ],
  [
    'a limit, by a gateway; Kimi names the daily one',
    failed('rate_limited_ambiguous', gateway),
    platform('tpd'),
    'account',
    'kimiRefuses',
    AI,
  ],
  [
    'no balance; a proxy answers the test too',
    failed('balance'),
    byProxy,
    'gateway',
    'notKimisForm',
  ],
  ['no balance; a page answers', failed('balance'), raw(403, '<html>'), 'gateway', 'notKimisForm'],
  [
    'no balance; no error object',
    failed('balance'),
    raw(429, { code: 429 }),
    'gateway',
    'notKimisForm',
  ],
  ['a 200 that is no completion', failed('balance'), raw(200, '<html>'), 'gateway', 'notKimisForm'],
  ['a captive portal', failed('network'), raw(511, '<html>'), 'gateway', 'notKimisForm'],
  // Another account.
  [
    'another organization',
    failed('tpd', { ...onAi, support: { organization: ORG_B } }),
    WORKS_AS(ORG_A),
    'otherAccount',
    'organizationsDiffer',
    AI,
  ],
  [
    'another organization, refused',
    failed('tpd', { ...onAi, support: { organization: ORG_B } }),
    platform('tpd'),
    'otherAccount',
    'organizationsDiffer',
    AI,
  ],
  [
    'the same organization, topped up',
    failed('balance', { ...onAi, support: { organization: ORG_A } }),
    WORKS_AS(ORG_A),
    'over',
    'worksNow',
    AI,
  ],
  [
    'the other region of the platform',
    failed('balance', { host: 'api.moonshot.cn' }),
    WORKS,
    'otherAccount',
    'hostsDiffer',
    AI,
  ],
  ['and back', failed('auth', onAi), WORKS, 'otherAccount', 'hostsDiffer', CN],
  ['the other product', failed('quota_5h'), WORKS, 'otherAccount', 'hostsDiffer', AI],
  [
    'the other host of Kimi Code: one account',
    failed('concurrency'),
    WORKS,
    'over',
    'worksNow',
    GLOBAL,
  ],
  // Kimi refuses here too.
  ['5-hour quota, here too', failed('quota_5h'), code('fiveHour'), 'account', 'sameRefusal'],
  ['weekly quota, here too', failed('quota_weekly'), code('weekly'), 'account', 'sameRefusal'],
  ['another quota', failed('quota_5h'), code('weekly'), 'account', 'kimiRefuses'],
  [
    'parallel limit, here too',
    failed('concurrency'),
    code('concurrency'),
    'account',
    'sameRefusal',
  ],
  [
    'an unnamed limit is the quota',
    failed('rate_limited_ambiguous'),
    code('fiveHour'),
    'account',
    'kimiRefuses',
  ],
  ['a bare 403 is the quota', failed('permission'), code('weekly'), 'account', 'kimiRefuses'],
  ['overload is the quota', failed('overloaded'), code('monthly'), 'account', 'kimiRefuses'],
  ['no text; the membership', failed(null), code('membership'), 'account', 'kimiRefuses'],
  ['no failure; the quota', undefined, code('fiveHour'), 'account', 'kimiRefuses'],
  ['no membership, here too', failed('membership'), code('membership'), 'account', 'sameRefusal'],
  [
    'a closed account, here too',
    failed('account_closed'),
    code('accountClosed'),
    'account',
    'sameRefusal',
  ],
  [
    'the plan lacks it, here too',
    failed('entitlement'),
    code('noAccessToModel'),
    'account',
    'sameRefusal',
  ],
  [
    'no balance, here too',
    failed('balance', onAi),
    platform('suspended'),
    'account',
    'sameRefusal',
    AI,
  ],
  ['RPM, here too', failed('rpm', onAi), platform('rpm'), 'account', 'sameRefusal', AI],
  ['TPD, here too', failed('tpd', onAi), platform('tpd'), 'account', 'sameRefusal', AI],
  [
    'TPD; here the balance',
    failed('tpd', onAi),
    platform('suspended'),
    'account',
    'kimiRefuses',
    AI,
  ],
  ['a rejected key, here too', failed('auth'), code('keyInvalid'), 'account', 'sameRefusal'],
  [
    'a rejected key; here the quota: the key is fine',
    failed('auth'),
    code('fiveHour'),
    'client',
    'keyWorksHere',
  ],
  ['no failure; the key is rejected', undefined, code('keyInvalid'), 'account', 'sameRefusal'],
  [
    'a client that is not accepted, here too',
    failed('client_not_accepted'),
    code('clientNotAccepted'),
    'client',
    'clientNotAdmitted',
  ],
  [
    'an unknown model, here too',
    failed('wrong_endpoint', onAi),
    platform('modelUnknown'),
    'account',
    'sameRefusal',
    AI,
  ],
  // Kimi itself, and the network.
  ['overload, here too', failed('overloaded', now), code('overloaded'), 'service', 'busyHere'],
  [
    'overload, here a server error',
    failed('overloaded', now),
    code('server'),
    'service',
    'busyHere',
  ],
  [
    'a server error, here too',
    failed('server_error', now),
    code('unavailable'),
    'service',
    'busyHere',
  ],
  [
    'an unnamed limit, here overload',
    failed('rate_limited_ambiguous', now),
    code('overloaded'),
    'service',
    'busyHere',
  ],
  [
    'a page of a server in trouble',
    failed('server_error', now),
    raw(502, '<html>'),
    'service',
    'busyHere',
  ],
  ['no connection, here too', failed('network', now), lost, 'network', 'noConnection'],
  // Not decided.
  ['a quota; here overload', failed('quota_5h', now), code('overloaded'), 'unknown', 'busyHere'],
  ['a quota; no connection here', failed('quota_5h'), lost, 'unknown', 'noAnswer'],
  ['no failure; no connection', undefined, lost, 'unknown', 'noAnswer'],
  [
    'a quota; the client is not accepted',
    failed('quota_5h'),
    code('clientNotAccepted'),
    'unknown',
    'testNotAdmitted',
  ],
  [
    'a quota; the key of Kimi Quota is rejected',
    failed('quota_5h'),
    code('keyInvalid'),
    'unknown',
    'keyRejectedHere',
  ],
  [
    'a quota; the test model is missing',
    failed('tpd', onAi),
    platform('modelUnknown'),
    'unknown',
    'testModelMissing',
    AI,
  ],
  [
    'too long a context; here the quota',
    failed('context_length'),
    code('fiveHour'),
    'unknown',
    'twoProblems',
  ],
  [
    'a quota; an unknown error',
    failed('quota_5h'),
    raw(418, { error: { message: 'teapot' } }),
    'unknown',
    'answerNotKnown',
  ],
];

describe('the direct request: what it shows about a failure', () => {
  for (const [fact, failure, answer, outcome, reason, origin = CODE] of ROWS)
    it(`${fact}: ${outcome}`, () => {
      assert.deepEqual(compareDirect(failure, answer, origin), [outcome, reason]);
    });

  it('has at least 60 combinations, with every outcome and every reason', () => {
    assert.ok(ROWS.length >= 60);
    assert.deepEqual(new Set(ROWS.map(row => row[3])), new Set(OUTCOMES));
    assert.deepEqual(new Set(ROWS.map(row => row[4])), new Set(REASONS));
  });

  it('has an outcome for any failure and any answer', () => {
    const answers = [
      WORKS,
      lost,
      byProxy,
      ...(Object.keys(KIMI_CODE_ERRORS) as KimiCodeErrorName[]).map(code),
      ...(Object.keys(PLATFORM_ERRORS) as PlatformErrorName[]).map(platform),
    ];
    for (const { says } of ROWS.flatMap(row => row[1] ?? []))
      for (const answer of answers)
        for (const more of [{}, now, gateway])
          assert.ok(OUTCOMES.includes(compareDirect(failed(says, more), answer, CODE)[0]));
  });
});
