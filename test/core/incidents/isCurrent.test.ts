import assert from 'node:assert/strict';
import { type Incident, isCurrent } from '../../../src/core/incidents/incident.ts';
import { incidentOf } from '../../support/incidents.ts';
import { NOW } from '../../support/snapshots.ts';

const SECOND = 1000;

describe('an incident is shown as current', () => {
  const cases: [fact: string, fields: Partial<Incident>, untilSecond: number][] = [
    ['while it runs, until 90 s after its last failure', { state: 'running' }, 90],
    ['90 s after an announced wait', { state: 'running', waitUntil: NOW + 600 * SECOND }, 690],
    ['no shorter for a short wait', { state: 'running', waitUntil: NOW - SECOND }, 90],
    ['five minutes after it ended', { state: 'over' }, 300],
    ['five minutes after its agent gave up', { state: 'gaveUp' }, 300],
    ['whatever wait was announced', { state: 'over', waitUntil: NOW + 600 * SECOND }, 300],
    ['of the open platform too', { state: 'over', provider: 'open-platform' }, 300],
  ];
  for (const [fact, fields, untilSecond] of cases)
    it(fact, () => {
      const incident = incidentOf('i', fields);
      const until = NOW + untilSecond * SECOND;
      assert.deepEqual([isCurrent(incident, until), isCurrent(incident, until + 1)], [true, false]);
    });

  const never: [fact: string, fields: Partial<Incident>][] = [
    ['it recovered', { state: 'recovered' }],
    ['it is of another provider', { provider: 'other' }],
    ['its account is unknown', { provider: 'unknown' }],
  ];
  for (const [fact, fields] of never)
    it(`not if ${fact}`, () => assert.equal(isCurrent(incidentOf('i', fields), NOW), false));
});
