import assert from 'node:assert/strict';
import type { Incident } from '../../../src/core/incidents/incident.ts';
import { CAUSES, type Cause } from '../../../src/core/incidents/verdict.ts';
import { judgedAs, NoticeHistory } from '../../support/noticeHistory.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../support/quotaViews.ts';

const ROOM = { '5h': 84, week: 67 };

/** A machine that has run for a minute, with quota left. */
function begun(): NoticeHistory {
  const history = new NoticeHistory();
  history.read(ROOM);
  history.pass(MINUTE_MS);
  return history;
}

/** A current failure that stays in its state. */
function meet(
  history: NoticeHistory,
  cause: Cause,
  fields: Parameters<typeof judgedAs>[1] = {},
): Incident {
  const incident = judgedAs(cause, { from: history.now, to: history.now, ...fields });
  history.incidents = [incident, ...history.incidents.filter(({ id }) => id !== incident.id)];
  return incident;
}

describe('failure notices', () => {
  const REPORTED: readonly Cause[] = [
    'quota_5h',
    'quota_weekly',
    'quota_monthly',
    'quota_unspecified',
    'tpd',
    'balance',
    'wrong_key',
    'client_not_accepted',
    'membership',
    'entitlement',
    'account_closed',
  ];
  for (const cause of CAUSES)
    it(`${REPORTED.includes(cause) ? 'reports' : 'does not report'} ${cause}`, () => {
      const history = begun();
      meet(history, cause);
      history.pass(MINUTE_MS);
      assert.deepEqual(history.reported, REPORTED.includes(cause) ? [`failure ${cause}`] : []);
    });

  const cases: [fact: string, fields: Parameters<typeof judgedAs>[1], isReported: boolean][] = [
    ['that is ongoing', { state: 'running' }, true],
    ['that an agent stopped retrying', { state: 'gaveUp' }, true],
    ['that has recovered', { state: 'recovered' }, false],
    ['that has ended', { state: 'over' }, false],
    ['that is likely', { verdict: { certainty: 'likely' } }, true],
    ['that is unsure', { verdict: { certainty: 'unsure' } }, false],
    ['of another provider', { provider: 'other' }, false],
    ['of an unknown provider', { provider: 'unknown' }, false],
    ['of the open platform', { provider: 'open-platform' }, true],
    ['from before the first start', { from: 0 }, false],
  ];
  for (const [fact, fields, isReported] of cases)
    it(`${isReported ? 'reports' : 'does not report'} a failure ${fact}`, () => {
      const history = begun();
      meet(history, 'wrong_key', fields);
      history.pass(MINUTE_MS);
      assert.equal(history.shown.length, isReported ? 1 : 0);
    });

  it('does not notify of failures that recover within 30 s', () => {
    const history = begun();
    const { id, from } = meet(history, 'wrong_key');
    history.pass(29_000);
    meet(history, 'wrong_key', { id, from, state: 'recovered' });
    history.pass(HOUR_MS);
    assert.deepEqual(history.reported, []);
  });

  it('notifies of a cause once a day, however often it occurs', () => {
    const history = begun();
    for (let hour = 0; hour < 23; hour++) {
      meet(history, 'wrong_key', { id: `${hour}` });
      history.pass(HOUR_MS);
    }
    assert.equal(history.shown.length, 1);
    history.pass(2 * HOUR_MS);
    meet(history, 'wrong_key', { id: 'next day' });
    history.pass(MINUTE_MS);
    assert.equal(history.shown.length, 2);
  });

  it('notifies of parallel limit errors only when they repeat', () => {
    const history = begun();
    for (const id of ['a', 'b', 'c', 'd']) {
      meet(history, 'own_concurrency', { id });
      history.pass(MINUTE_MS);
      assert.equal(history.shown.length, id < 'c' ? 0 : 1);
    }
  });

  it('notifies of a used-up window once, whether the log or the number comes first', () => {
    for (const isAgentFirst of [true, false]) {
      const history = begun();
      const spend = (): void => history.read({ '5h': 0, week: 60 });
      if (isAgentFirst) meet(history, 'quota_5h');
      else spend();
      history.pass(MINUTE_MS);
      assert.equal(history.shown.length, 1);
      if (isAgentFirst) spend();
      else meet(history, 'quota_5h');
      history.pass(MINUTE_MS);
      meet(history, 'quota_5h', { id: 'another' });
      history.pass(10 * MINUTE_MS);
      assert.equal(history.shown.length, 1, history.reported.join());
    }
  });

  it('contains the incident of a used-up window', () => {
    const history = begun();
    history.read({ '5h': 0, week: 60 });
    const { id } = meet(history, 'quota_5h');
    history.pass(MINUTE_MS);
    assert.equal(history.shown[0]?.notice.incidentId, id);
  });

  it('does not report recovery while an agent still fails because of a used-up quota', () => {
    const history = begun();
    const resets = { '5h': history.now + HOUR_MS };
    history.read({ '5h': 0 }, { resets });
    history.pass(HOUR_MS);
    const incident = meet(history, 'quota_weekly');
    const next = { '5h': history.now + 5 * HOUR_MS };
    for (let read = 0; read < 3; read++)
      (history.read({ '5h': 100 }, { resets: next }), history.pass(20_000));
    assert.ok(!history.reported.includes('worksAgain 5h'), history.reported.join());
    meet(history, 'quota_weekly', { ...incident, state: 'recovered' });
    history.pass(MINUTE_MS);
    assert.equal(history.reported.at(-1), 'worksAgain 5h');
  });

  it('reports a runaway once per incident, even if its cause was reported', () => {
    const history = begun();
    const { id, from } = meet(history, 'quota_weekly');
    history.pass(MINUTE_MS);
    for (let minute = 0; minute < 30; minute++) {
      meet(history, 'quota_weekly', { id, from, to: history.now, verdict: { isRunaway: true } });
      history.pass(MINUTE_MS);
    }
    assert.deepEqual(history.reported, ['failure quota_weekly', 'runaway quota_weekly']);
    history.pass(DAY_MS);
    meet(history, 'quota_weekly', { id: 'other', verdict: { isRunaway: true } });
    history.pass(MINUTE_MS);
    assert.equal(history.reported.at(-1), 'runaway quota_weekly');
  });

  it('a muted failure does not hide the used-up quota', () => {
    const history = begun();
    history.settings = { ...history.settings, 'notifications.muted': ['failure'] };
    meet(history, 'quota_5h');
    history.pass(MINUTE_MS);
    history.read({ '5h': 0, week: 60 });
    history.pass(MINUTE_MS);
    assert.deepEqual(history.reported, ['spent 5h']);
  });

  describe('of an agent that continued with another provider', () => {
    const fallback = { agent: 'opencode', to: 'deepseek' } as const;

    it('are shown once, whatever the cause and whether Kimi works again', () => {
      for (const cause of ['overloaded', 'unsure'] as const) {
        const history = begun();
        const { id, from } = meet(history, cause);
        history.pass(MINUTE_MS);
        assert.deepEqual(history.reported, []);
        meet(history, cause, { id, from, fallback, state: 'recovered' });
        history.pass(5 * MINUTE_MS);
        assert.deepEqual(history.reported, [`fallback ${cause}`]);
        meet(history, cause, { id: 'again', fallback });
        history.pass(HOUR_MS);
        assert.equal(history.shown.length, 1);
      }
    });

    it('are shown again for another provider, and after a day', () => {
      const history = begun();
      meet(history, 'overloaded', { id: 'a', fallback });
      history.pass(MINUTE_MS);
      meet(history, 'overloaded', { id: 'b', fallback: { ...fallback, to: 'openai' } });
      history.pass(MINUTE_MS);
      assert.equal(history.shown.length, 2);
      history.pass(DAY_MS);
      meet(history, 'overloaded', { id: 'c', fallback });
      history.pass(MINUTE_MS);
      assert.equal(history.shown.length, 3);
    });

    it('are part of the notice of the failure itself', () => {
      const history = begun();
      meet(history, 'quota_weekly', { fallback });
      history.pass(10 * MINUTE_MS);
      assert.deepEqual(history.reported, ['failure quota_weekly']);
    });

    it('are not shown for failures before the first start, or if muted', () => {
      const early = begun();
      meet(early, 'overloaded', { from: 0, fallback });
      early.pass(MINUTE_MS);
      assert.deepEqual(early.reported, []);
      const muted = begun();
      muted.settings = { ...muted.settings, 'notifications.muted': ['fallback'] };
      meet(muted, 'overloaded', { fallback });
      muted.pass(MINUTE_MS);
      assert.deepEqual(muted.reported, []);
    });
  });
});
