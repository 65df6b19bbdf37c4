import assert from 'node:assert/strict';
import type { AccountId } from '../../../src/core/accounts/endpoint.ts';
import { quotaText } from '../../../src/core/status/quotaFacts.ts';
import type { AccountView } from '../../../src/core/quota/quotaAccounts.ts';
import { viewQuota, type QuotaView } from '../../../src/core/quota/quotaView.ts';
import {
  ENGLISH,
  FIVE_HOURS,
  MINUTE_MS,
  NOW,
  snapshotOf,
  viewOf,
  WEEK,
} from '../../support/quotaViews.ts';

const account = (id: AccountId, view: QuotaView): AccountView => ({
  account: { id, endpoint: { problem: 'notAUrl' } },
  view,
});
const options = {
  locale: ENGLISH,
  side: 'remaining',
  now: NOW,
  activity: {},
  incidents: [],
} as const;

function assertText(accounts: AccountView[], expected: string[], more = {}): void {
  const text = quotaText(accounts, { ...options, ...more });
  assert.deepEqual(text.replace(/[\u202F\u00A0]/g, ' ').split('\n'), expected);
}

describe('quotaText', () => {
  const view = viewOf(
    snapshotOf([FIVE_HOURS, WEEK, { id: 'x', label: 'Team pool' }], { plan: 'Allegro' }),
  );

  it('has a heading, a line for each window, and the facts', () =>
    assertText(
      [account('kimiCode', view)],
      [
        'Kimi Code, Allegro',
        '  5-hour quota: 84% left, resets 12:00 (in 2 h)',
        '  Weekly quota: 67% left, resets Sun, Sep 27, 10:00 (in 4 d)',
        '  Team pool: unknown',
        '  Updated just now from https://api.kimi.com.',
      ],
    ));

  it('shows the other side', () => {
    const text = quotaText([account('kimiCode', view)], { ...options, side: 'used' });
    assert.match(text, /5-hour quota: 16% used, resets/);
  });

  it('puts a blank line between accounts, and explains problems', () =>
    assertText(
      [
        account('kimiCode', viewQuota({ access: 'none' }, NOW)),
        account('moonshot.cn', viewOf(snapshotOf([], { balance: { available: 5 } }))),
      ],
      [
        'Kimi Code',
        '  No API key. Set a Kimi Code key to see your quota.',
        '',
        'Open platform (moonshot.cn)',
        '  Balance: 5.00.',
        '  Updated just now from https://api.kimi.com.',
      ],
    ));

  it('shows the age of old numbers', () => {
    const outcome = { kind: 'unreachable', cause: 'timeout' } as const;
    const old = viewOf(snapshotOf([FIVE_HOURS]), 9 * MINUTE_MS, { outcome });
    const text = quotaText([account('kimiCode', old)], { ...options, now: NOW + 9 * MINUTE_MS });
    assert.match(text, /not respond in time\. These are the last known numbers \(9 min ago\)\./);
  });
});
