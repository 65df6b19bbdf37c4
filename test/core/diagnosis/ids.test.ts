import assert from 'node:assert/strict';
import { supportIdsIn } from '../../../src/core/agents/supportIds.ts';
import { redact } from '../../../src/core/base/redact.ts';
import { incidentReport, incidentWords } from '../../../src/core/explain/incidentReport.ts';
import type { Incident } from '../../../src/core/incidents/incident.ts';
import { noticeWords } from '../../../src/core/notices/noticeWords.ts';
import { diagnosisPart } from '../../../src/core/panel/checklistSection.ts';
import { publicIncident } from '../../../src/core/publicFigures.ts';
import { prometheusText, samplesOf } from '../../../src/core/team/metrics.ts';
import { reportOf } from '../../../src/core/team/machineReport.ts';
import {
  ENGLISH,
  factsOf,
  incidentOf,
  KEY_ID,
  platform,
  PROJECT,
  ticketOf,
  TPD,
} from '../../support/demands.ts';
import { ORG_A } from '../../support/directAnswers.ts';
import { NOW } from '../../support/quotaViews.ts';

/** As a reader hands it on: ids next to a redacted text. */
const read = (): Incident => {
  const support = supportIdsIn(TPD);
  const incident = incidentOf(redact(TPD), platform);
  return { ...incident, ...(support ? { support } : {}) };
};
const IDS = [ORG_A, PROJECT, KEY_ID];
const idsIn = (value: unknown): string[] => IDS.filter(id => JSON.stringify(value).includes(id));

describe('ids of organization, project and key', () => {
  it('are shown to the user: in the incident and in the ticket', () => {
    const incident = read();
    assert.deepEqual(idsIn(diagnosisPart(factsOf(incident), ENGLISH)), IDS);
    assert.deepEqual(idsIn(ticketOf(incident)), IDS);
  });

  it('are in no notification', () => {
    const incident = { ...read(), fallback: { agent: 'opencode', to: 'x' } as const };
    const options = { locale: ENGLISH, now: NOW, region: 'kimi.com', accounts: [], activity: {} };
    for (const kind of ['failure', 'runaway', 'fallback'] as const) {
      const notice = { kind, subject: 's', incident, incidentId: incident.id };
      assert.deepEqual(idsIn(noticeWords(notice, options as never)), []);
    }
  });

  it('are in no metric, no report for agents and not in the API', () => {
    const incident = read();
    const report = reportOf({
      ...{ now: NOW, provider: 'open-platform', activity: {}, rows: [], incidents: [incident] },
      names: { account: 'a', machine: 'm' },
    } as never);
    const metrics = prometheusText(samplesOf(report));
    assert.match(metrics, /tpd/);
    assert.deepEqual(idsIn([metrics, report]), []);
    assert.deepEqual(idsIn(incidentReport(incident, NOW)), []);
    assert.deepEqual(idsIn(incidentWords(incident, NOW, ENGLISH)), []);
    assert.deepEqual(idsIn(publicIncident(incident)), []);
  });
});
