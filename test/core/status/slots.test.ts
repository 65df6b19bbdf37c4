import assert from 'node:assert/strict';
import { openingOf, openingWords } from '../../../src/core/status/opening.ts';
import { paceReason } from '../../../src/core/status/pace.ts';
import { slotUse, whereWords } from '../../../src/core/status/slots.ts';
import { startAdvice, startWords } from '../../../src/core/status/startAdvice.ts';
import type { AccountView } from '../../../src/core/quota/quotaAccounts.ts';
import { ENGLISH, FIVE_HOURS, NOW, snapshotOf, viewOf } from '../../support/quotaViews.ts';
import { activityOf } from '../../support/team.ts';

const CI_BOX = { machine: 'ci-box', inFlight: 7 };
const ACCOUNT: AccountView = {
  account: { id: 'kimiCode', endpoint: { problem: 'notAUrl' } },
  view: viewOf(snapshotOf([FIVE_HOURS], { parallelLimit: 10 })),
};
const around = (here: number, inFlight = 7) => ({
  activity: activityOf(here, [{ ...CI_BOX, inFlight }], NOW),
  incidents: [],
  now: NOW,
});

describe('parallel slots with other machines of the account', () => {
  it('are those here and those elsewhere', () => {
    const { activity } = around(3);
    const use = slotUse(activity, 'kimi-code')!;
    assert.equal(use.total, 10);
    assert.equal(whereWords(use, ENGLISH.t), '3 here, 7 on ci-box');
    assert.equal(slotUse(activity, 'open-platform')?.total, 3);
  });

  it('have words for three machines, and for the rest together', () => {
    const machines = ['a', 'b', 'c', 'd', 'e'].map(machine => ({ machine, inFlight: 2 }));
    const use = slotUse(activityOf(0, machines, NOW), 'kimi-code')!;
    assert.equal(whereWords(use, ENGLISH.t), '0 here, 2 on a, 2 on b, 2 on c, 4 on other machines');
  });

  it('have no words without another machine', () =>
    assert.equal(whereWords(slotUse(activityOf(3, [], NOW), 'kimi-code')!, ENGLISH.t), ''));

  it('are full for a start, although this machine has 3 of 10', () => {
    const advice = startAdvice(ACCOUNT, around(3));
    assert.equal(
      startWords(advice, NOW, ENGLISH),
      'All parallel slots are in use. In flight: 3 here, 7 on ci-box. Wait for a request to end.',
    );
  });

  it('leave room for fewer agents', () =>
    assert.equal(
      startWords(startAdvice(ACCOUNT, around(1)), NOW, ENGLISH),
      'Start at most 2 agents: no more parallel slots are free. In flight: 1 here, 7 on ci-box.',
    ));

  it('are as full for a start as they were in the last minute: agents need theirs again', () => {
    const words = (peak: number) => {
      const inFlight = { at: NOW, total: 1, peak, byAgent: [] };
      const around = { activity: { inFlight }, incidents: [], now: NOW };
      assert.equal(openingOf({ ...ACCOUNT, ...around }).kind, 'open');
      return startWords(startAdvice(ACCOUNT, around), NOW, ENGLISH);
    };
    assert.equal(words(1), 'Ready to start agents. Room for 9 more parallel requests.');
    assert.equal(words(5), 'Ready to start agents. Room for 5 more parallel requests.');
    assert.equal(
      words(8),
      'Start at most 2 agents. Most parallel slots in use in the last minute: 8.',
    );
    assert.equal(words(9), 'Start one agent. Most parallel slots in use in the last minute: 9.');
    assert.equal(
      words(10),
      "Don't start agents yet: all parallel slots were in use in the last minute.",
    );
  });

  it('close the account for a wait, until a request of any machine ends', () => {
    const opening = (here: number) => openingOf({ ...ACCOUNT, ...around(here) });
    assert.equal(
      openingWords(opening(3), NOW, ENGLISH),
      'All parallel slots are in use: 3 here, 7 on ci-box.',
    );
    assert.equal(opening(2).kind, 'open');
  });

  it('keep a hook from starting more sub-agents than fit', () => {
    const reason = (subagents: number) =>
      paceReason(ACCOUNT, { subagents }, { ...around(1), guard: {}, locale: ENGLISH });
    assert.match(reason(3) ?? '', /7 on ci-box/);
    assert.equal(reason(2), undefined);
  });
});
