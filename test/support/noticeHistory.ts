import type { Account, AccountId } from '../../src/core/accounts/endpoint.ts';
import type { LargeSession } from '../../src/core/ledger/largeSessions.ts';
import type { LongContext } from '../../src/core/quota/contextLimit.ts';
import type { Incident } from '../../src/core/incidents/incident.ts';
import type { Cause, Verdict } from '../../src/core/incidents/verdict.ts';
import type { Notice } from '../../src/core/notices/notice.ts';
import { decideNotice } from '../../src/core/notices/noticePolicy.ts';
import {
  type NoticeSettings,
  parseNoticeState,
  type Snoozed,
} from '../../src/core/notices/noticeState.ts';
import type { AccountView } from '../../src/core/quota/quotaAccounts.ts';
import { type QuotaStatus, viewQuota } from '../../src/core/quota/quotaView.ts';
import type { QuotaWindow, Snapshot } from '../../src/core/quota/snapshot.ts';
import { incidentOf, UNSURE } from './incidents.ts';
import { NOW } from './quotaViews.ts';

/** An account that can be asked, of either product. */
export function accountOf(id: AccountId): Account {
  const isCode = id === 'kimiCode';
  const origin = isCode ? 'https://api.kimi.com' : `https://api.${id}`;
  return {
    id,
    endpoint: {
      product: isCode ? 'kimiCode' : 'openPlatform',
      origin,
      quotaUrl: origin,
      isMoonshot: true,
    },
  };
}

/** An incident of Kimi Code with a verdict, by its end. */
export function judgedAs(
  cause: Cause,
  fields: Omit<Partial<Incident>, 'verdict'> & { readonly verdict?: Partial<Verdict> } = {},
): Incident {
  const { verdict, ...rest } = fields;
  return incidentOf(rest.id ?? `${cause} ${rest.from ?? NOW}`, {
    from: NOW,
    to: NOW,
    ...rest,
    verdict: { ...UNSURE, cause, certainty: 'certain', ...verdict },
  });
}

/** One machine: its readings and reports, step by step, with its state as JSON in between. */
export class NoticeHistory {
  now = NOW;
  context: LongContext | undefined;
  sessions: LargeSession[] = [];
  incidents: Incident[] = [];
  snoozed: Snoozed = {};
  reminders: Snoozed = {};
  settings: NoticeSettings = {
    'notifications.enabled': true,
    'notifications.thresholds': [20, 5],
    'notifications.muted': [],
    'guard.warnAtSessionShare': 0,
  };
  /** What was shown, and when. */
  readonly shown: { readonly at: number; readonly notice: Notice }[] = [];
  readonly #statuses = new Map<AccountId, QuotaStatus>();
  #stored: string | undefined;

  /** Kimi responds: the percentage left of each quota. */
  read(left: Readonly<Record<string, number>>, more: Partial<ReadOptions> = {}): void {
    const { resets = {}, account = 'kimiCode', ...fields } = more;
    const windows = Object.entries(left).map(([id, percent]): QuotaWindow => ({
      id,
      ...(Number.isNaN(percent) ? {} : { usedPercent: 100 - percent }),
      ...(resets[id] === undefined ? {} : { resetsAt: resets[id] }),
    }));
    const { endpoint } = accountOf(account);
    const origin = 'origin' in endpoint ? endpoint.origin : '';
    const snapshot: Snapshot = {
      kind: 'snapshot',
      at: this.now,
      origin,
      clockSkewMs: 0,
      windows,
      ...fields,
    };
    this.#statuses.set(account, {
      access: 'key',
      snapshot,
      outcome: { kind: 'fresh', snapshot },
    });
    this.look();
  }

  /** A check of Kimi failed. */
  fail(account: AccountId = 'kimiCode'): void {
    const status = this.#statuses.get(account) ?? {};
    const outcome = { kind: 'unreachable', cause: 'timeout' } as const;
    this.#statuses.set(account, { ...status, outcome });
    this.look();
  }

  /** Lets time pass, with a look at its end and where one was asked for in between. */
  pass(ms: number): void {
    const end = this.now + ms;
    for (let at = this.look(); at !== undefined && at <= end; at = this.look())
      this.now = Math.max(at, this.now + 1);
    this.now = end;
    this.look();
  }

  /** What was shown, as kinds with the window or the cause. */
  get reported(): string[] {
    return this.shown.map(({ notice }) => {
      if (notice.kind === 'context') return `context ${notice.context.session}`;
      if (notice.kind === 'session') return `session ${notice.session.session}`;
      return 'incident' in notice
        ? `${notice.kind} ${notice.incident.verdict.cause}`
        : `${notice.kind} ${notice.window?.id ?? 'money'}`;
    });
  }

  /** One look; when the next is wanted. */
  look(): number | undefined {
    const { now, context, sessions, incidents, settings, snoozed, reminders } = this;
    const accounts = [...this.#statuses].map(([id, status]): AccountView => ({
      account: accountOf(id),
      view: viewQuota(status, now),
    }));
    const input = { now, accounts, context, sessions, incidents, settings, snoozed, reminders };
    const decision = decideNotice(input, parseNoticeState(this.#stored));
    this.#stored = JSON.stringify(decision.state);
    if (decision.notice) this.shown.push({ at: now, notice: decision.notice });
    return decision.lookAt;
  }
}

interface ReadOptions extends Partial<Omit<Snapshot, 'windows'>> {
  readonly resets: Readonly<Record<string, number>>;
  readonly account: AccountId;
}
