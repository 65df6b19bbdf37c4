import assert from 'node:assert/strict';
import { NOTICE_KINDS, type Notice } from '../../../src/core/notices/notice.ts';
import { kindName, noticeWords } from '../../../src/core/notices/noticeWords.ts';
import type { Locale } from '../../../src/core/base/ports.ts';
import { CHINESE } from '../../support/judgedIncident.ts';
import { kimiAccount } from '../../support/headlines.ts';
import { accountOf, judgedAs } from '../../support/noticeHistory.ts';
import { ENGLISH, FIVE_HOURS, HOUR_MS, NOW, snapshotOf, viewOf } from '../../support/quotaViews.ts';

const viewed = (usedPercent: number, label?: string) =>
  viewOf(snapshotOf([{ ...FIVE_HOURS, usedPercent, ...(label ? { label } : {}) }])).windows[0]!;
const common = { subject: 's', account: 'kimiCode', hasExtraUsage: false } as const;
const resetsAt = NOW + 2 * HOUR_MS;
const incident = {
  ...judgedAs('wrong_key', { verdict: { steps: [{ id: 'checkKey' }] } }),
  count: 47,
};
const spent = judgedAs('quota_5h', { verdict: { retry: 'at', retryAt: resetsAt } });
const { resetsInMs: _, ...withoutReset } = viewed(100);
const balance = { available: 0, currency: 'USD' };
const platform = viewOf(snapshotOf([], { origin: 'https://api.moonshot.ai', balance }));
const options = {
  now: NOW,
  region: 'kimi.com',
  activity: {},
  accounts: [kimiAccount(viewOf(snapshotOf([FIVE_HOURS])))],
} as const;
const failed = { subject: 's', incident, incidentId: incident.id } as const;

describe('noticeWords', () => {
  const cases: [notice: Notice, english: string, chinese: string][] = [
    [
      { ...common, kind: 'low', window: viewed(82), resetsAt },
      '5-hour quota is running low. 18% left. Resets at 12:00 (in 2 h).',
      '',
    ],
    [
      {
        kind: 'session',
        subject: 'session',
        session: { session: 's1', agent: 'claude-code', windowId: 'week', percent: 21, until: NOW },
      },
      'Weekly quota: 21% used by one session of Claude Code.',
      '周额度：Claude Code 的一个会话用掉了 21%。',
    ],
    [
      { ...common, kind: 'spent', window: viewed(100), resetsAt },
      '5-hour quota used up. Resets at 12:00 (in 2 h).',
      '5 小时额度已用完。12:00 重置（2 小时后）。',
    ],
    [
      { ...common, kind: 'spent', window: withoutReset },
      '5-hour quota used up. Requests are rejected until it resets.',
      '',
    ],
    [
      { ...common, kind: 'spent', window: viewed(100), resetsAt, hasExtraUsage: true },
      'Used up: 5-hour quota. Requests continue on paid Extra Usage.',
      '已用完：5 小时额度。请求将继续，由付费加油包支付。',
    ],
    [
      { ...common, kind: 'spent', account: 'moonshot.ai' },
      'Open platform (moonshot.ai): Out of credit. Requests are rejected until you top up.',
      '开放平台（moonshot.ai）：余额不足。充值前请求会被拒绝。',
    ],
    [
      { ...common, kind: 'worksAgain', window: viewed(0), resetsAt },
      '5-hour quota available again: 100% left.',
      '5 小时额度恢复可用：剩余 100%。',
    ],
    [
      { ...common, kind: 'worksAgain', window: viewed(0), resetsAt, isReminder: true },
      '5-hour quota has reset: 100% left.',
      '5 小时额度已重置：剩余 100%。',
    ],
    [
      {
        ...common,
        kind: 'worksAgain',
        window: viewed(0),
        isReminder: true,
        isUnconfirmed: true,
      },
      'Your quota was due to reset. No new numbers yet.',
      '',
    ],
    [
      { ...failed, kind: 'failure', incident: spent },
      '5-hour quota used up. Resets at 12:00 (in 2 h).',
      '5 小时额度已用完。12:00 重置（2 小时后）。',
    ],
    [
      { ...failed, kind: 'failure' },
      'Kimi Code: Wrong API key for this endpoint. Create a key in the Kimi Code console and set it in the agent.',
      '',
    ],
    [
      { ...failed, kind: 'runaway' },
      "Kimi Code keeps retrying a request that can't succeed (47 times so far). Wrong API key for this endpoint.",
      '',
    ],
    [
      {
        ...failed,
        kind: 'fallback',
        incident: { ...incident, fallback: { agent: 'opencode', to: 'deepseek' } },
      },
      'OpenCode continued with another provider, deepseek, after failed requests to Kimi. Wrong API key for this endpoint.',
      'Kimi 请求失败后，OpenCode 改用其他服务商 deepseek 继续。密钥不适用于该接口。',
    ],
  ];
  for (const [notice, english, chinese] of cases)
    it(english, () => {
      const ofPlatform = { account: accountOf('moonshot.ai'), view: platform };
      const accounts =
        'account' in notice && notice.account === 'moonshot.ai'
          ? [...options.accounts, ofPlatform]
          : options.accounts;
      const say = (locale: Locale): string => noticeWords(notice, { ...options, accounts, locale });
      assert.equal(say(ENGLISH), english);
      if (chinese) assert.equal(say(CHINESE), chinese);
      else assert.match(say(CHINESE), /[\u4e00-\u9fff]/);
    });

  it('contains no link even if a quota label has Markdown', () => {
    const window = viewed(90, '[free](command:workbench.action.quit)');
    const words = noticeWords({ ...common, kind: 'low', window }, { ...options, locale: ENGLISH });
    assert.doesNotMatch(words, /[[\]]/);
  });

  it('has a name for each kind', () => {
    for (const { t } of [ENGLISH, CHINESE])
      assert.equal(new Set(NOTICE_KINDS.map(kind => kindName(kind, t))).size, NOTICE_KINDS.length);
  });
});
