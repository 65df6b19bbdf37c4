import assert from 'node:assert/strict';
import type { Incident } from '../../../src/core/incidents/incident.ts';
import { noteOf, runsOf } from '../../../src/core/status/lineNotes.ts';
import { kimiAccount } from '../../support/headlines.ts';
import { incidentOf, UNSURE } from '../../support/incidents.ts';
import {
  ENGLISH,
  FIVE_HOURS,
  HOUR_MS,
  MINUTE_MS,
  NOW,
  snapshotOf,
  viewOf,
  WEEK,
} from '../../support/quotaViews.ts';

const resets = { ...UNSURE, certainty: 'certain', retry: 'at', retryAt: NOW + HOUR_MS } as const;
const spent = incidentOf('spent', {
  from: NOW,
  to: NOW,
  verdict: { ...resets, cause: 'quota_5h' },
});
const perDay = incidentOf('tpd', { from: NOW, to: NOW, verdict: { ...resets, cause: 'tpd' } });

describe('notes next to lines', () => {
  const cases: [fact: string, incident: Incident, at: number, note: string][] = [
    ['a used-up quota', spent, NOW - 1, '2 × 5-hour quota used up · resets 11:00'],
    ['a quota that has room again', spent, NOW + 1, '2 × 5-hour quota used up'],
    ['a daily limit', perDay, NOW - 1, '2 × Too many tokens per day (TPD) · retry 11:00'],
    [
      'a past failure',
      { ...spent, from: NOW - HOUR_MS, to: NOW - HOUR_MS, state: 'over' },
      NOW - 1,
      '2 × 5-hour quota used up',
    ],
  ];
  for (const [fact, incident, at, note] of cases)
    it(`${fact}: ${note}`, () => {
      const explained = { kind: 'incident', incident } as const;
      const [run] = runsOf([
        { line: 1, explained },
        { line: 4, explained },
      ]);
      const view = viewOf(snapshotOf([FIVE_HOURS, WEEK], { at }));
      const situation = {
        account: kimiAccount(view),
        incidents: [],
        activity: {},
        now: NOW + MINUTE_MS,
      };
      assert.equal(run && noteOf(run, situation, { locale: ENGLISH }), note);
    });
});
