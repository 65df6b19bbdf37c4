import assert from 'node:assert/strict';
import type { ProviderEvidence } from '../../../src/core/agents/signal.ts';
import type { AccountView } from '../../../src/core/quota/quotaAccounts.ts';
import { compareDirect, failureFactsOf } from '../../../src/core/diagnosis/directTest.ts';
import { classify } from '../../../src/core/errors/classify.ts';
import {
  accountOfIncident,
  productOfIncident,
} from '../../../src/core/incidents/accountOfIncident.ts';
import type { Incident } from '../../../src/core/incidents/incident.ts';
import { WORKS } from '../../support/directAnswers.ts';
import { CODE, explained, incidentOf, rowOf, ticketOf, TPD } from '../../support/demands.ts';
import { accountOf } from '../../support/noticeHistory.ts';
import { NOW, snapshotOf, viewOf } from '../../support/quotaViews.ts';

const RPM = '429 request reached organization max RPM: 3, please try again after 1 seconds';
const BALANCE =
  '429 Your account org-x<ak-y> is suspended due to insufficient balance, please recharge your account or check your plan and billing details';
const RATE =
  "429 We're receiving too many requests at the moment. Please wait a moment and try again.";
const codeAccount = { account: accountOf('kimiCode'), view: viewOf(snapshotOf([])) };
const paid = { account: accountOf('moonshot.ai'), view: viewOf(snapshotOf([])) };

describe('the product that an incident is about', () => {
  const cases: [fact: string, incident: Incident, product: Incident['provider']][] = [
    ["a daily limit under Kimi Code's name", incidentOf(TPD), 'open-platform'],
    ["a used-up balance under Kimi Code's name", incidentOf(BALANCE), 'open-platform'],
    ['a rate of an organization', incidentOf(RPM), 'open-platform'],
    ['a rate of a project', incidentOf('429 request reached project max RPM: 3'), 'open-platform'],
    ['a rate without an organization', incidentOf(RATE), 'kimi-code'],
    [
      'a daily limit from a host of Kimi Code',
      incidentOf(TPD, { host: 'api.kimi.com' }),
      'kimi-code',
    ],
    ['a daily limit of another provider', incidentOf(TPD, { provider: 'other' }), 'other'],
    ['a daily limit of nobody known', incidentOf(TPD, { provider: 'unknown' }), 'unknown'],
  ];
  for (const [fact, incident, product] of cases)
    it(`${fact}: ${product}`, () => assert.equal(productOfIncident(incident), product));

  it('decides account, console, pages, ticket and the direct test', () => {
    const incident = incidentOf(TPD);
    assert.equal(incident.provider, 'kimi-code');
    assert.equal(classify(TPD).category, 'tpd');
    assert.equal(accountOfIncident(incident, [codeAccount, paid]), paid);
    assert.equal(accountOfIncident(incident, [codeAccount]), undefined);
    assert.match(rowOf('rightConsole', incident).url ?? '', /^https:\/\/platform\.kimi\.ai/);
    assert.match(ticketOf(incident), /\nProduct: Open platform\n/);
    const links = explained(incident).links.map(({ url }) => url);
    assert.ok(links.length > 0 && links.every(url => !url.includes('/code/')), links.join());
    const verdict = compareDirect(failureFactsOf(incident, NOW), WORKS, CODE);
    assert.deepEqual(verdict, ['otherAccount', 'hostsDiffer']);
  });

  const china = { account: accountOf('moonshot.cn'), view: viewOf(snapshotOf([])) };
  const hosts: [fact: string, evidence: ProviderEvidence, account: AccountView][] = [
    ['of the host of the record', { host: 'api.moonshot.cn' }, china],
    ['of the other one', { host: 'api.moonshot.ai' }, paid],
    ['of the configured host', { configuredHost: 'api.moonshot.cn' }, china],
    ['of the record first', { host: 'api.moonshot.ai', configuredHost: 'api.moonshot.cn' }, paid],
    ['that comes first, if no host is known', {}, paid],
  ];
  for (const [fact, evidence, account] of hosts)
    it(`is of two accounts of one product the one ${fact}`, () => {
      const { example, ...rest } = incidentOf(TPD, { provider: 'open-platform' });
      const signal = { ...example.signal, evidence };
      const incident = { ...rest, example: { ...example, signal } };
      assert.equal(accountOfIncident(incident, [codeAccount, paid, china]), account);
    });
});
