import * as z from 'zod/mini';
import type { AccountId } from '../accounts/endpoint.ts';
import { windowOfCause } from '../incidents/facts.ts';
import type { Incident } from '../incidents/incident.ts';
import type { Cause } from '../incidents/verdict.ts';
import type { AccountView } from '../quota/quotaAccounts.ts';
import type { Notice, NoticeKind } from './notice.ts';
import { parseStored, StoredTime } from '../base/store.ts';

/** Whether a cause is that something is used up. */
export const isOfQuota = (cause: Cause): boolean =>
  cause.startsWith('quota_') || cause === 'balance';

/** The user's account that an incident is of, where Kimi Quota has one. */
export function accountOfIncident(
  { provider, example }: Pick<Incident, 'provider' | 'example'>,
  accounts: readonly AccountView[],
): AccountView | undefined {
  const { host, configuredHost } = example.signal.evidence;
  const isOfProvider = (id: AccountId): boolean =>
    provider === (id === 'kimiCode' ? 'kimi-code' : 'open-platform');
  const own = accounts.filter(({ account }) => isOfProvider(account.id));
  return own.find(({ account }) => `api.${account.id}` === (host ?? configuredHost)) ?? own[0];
}

/** The names in the state of the windows that a cause is about; none where nothing is used up. */
export function windowKeys({ view }: AccountView, cause: Cause): readonly string[] {
  const { origin, windows = [], balance } = view.snapshot ?? {};
  if (!origin || !isOfQuota(cause)) return [];
  const id = cause === 'balance' ? balance && 'balance' : windowOfCause(cause);
  // Nothing tells which: any that is used up.
  const ids = cause === 'quota_unspecified' ? windows.map(window => window.id) : [id];
  return ids.filter(one => one !== undefined).map(one => `${origin} ${one}`);
}

/** What "Snooze" silences: all that is said of what is left in one account. */
export const subjectOf = ({ account }: AccountView): string => `quota ${account.id}`;

/** Above every threshold: a window with room. */
export const ROOMY = 101;

/** What was seen and told of one window; of a balance likewise. Percentages are of what is left. */
const KnownWindow = z.object({
  /** The lowest level that was told of, or that was there at the start. */
  told: z.number(),
  /** The level that it stands at, and since when: epoch milliseconds. */
  level: z.number(),
  since: z.number(),
  /** Until then nothing is told a second time: the reset of what was told. */
  until: z.number(),
  /** It was told that nothing goes through, until then. */
  blockedUntil: z.exactOptional(z.number()),
  /** When it was first seen open again. */
  openSince: z.exactOptional(z.number()),
});
export type KnownWindow = z.infer<typeof KnownWindow>;

const Told = z.object({ key: z.string(), until: z.number() });

const NoticeState = z.object({
  /** The first start on this machine: what was there before is not told. */
  startedAt: StoredTime,
  /** By origin and window. */
  windows: z.record(z.string(), KnownWindow),
  /** Incidents and causes that were told, and until when they are not again. */
  told: z.array(Told),
  /** When the last notifications were shown. */
  shownAt: z.array(StoredTime),
});

/** What all windows of the machine have told together. */
export type NoticeState = z.infer<typeof NoticeState>;

/** Subjects that are silent, and until when: epoch milliseconds. */
const Snoozed = z.record(z.string(), StoredTime);
export type Snoozed = z.infer<typeof Snoozed>;

/** Undefined: nothing was stored, or nothing that this version reads. */
export function parseNoticeState(json: string | undefined): NoticeState | undefined {
  return parseStored(NoticeState, json);
}

/** As above; none where there is nothing to read. */
export function parseSnoozed(json: string | undefined): Snoozed {
  return parseStored(Snoozed, json) ?? {};
}

/** The settings that decide. */
export interface NoticeSettings {
  readonly 'notifications.enabled': boolean;
  readonly 'notifications.thresholds': readonly number[];
  readonly 'notifications.muted': readonly NoticeKind[];
}

/** Everything that is looked at. */
export interface NoticeInput {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly accounts: readonly AccountView[];
  /** The newest first. */
  readonly incidents: readonly Incident[];
  readonly settings: NoticeSettings;
  readonly snoozed: Snoozed;
}

/** Something to tell, and what is known once it was told. */
export interface Candidate {
  readonly notice: Notice;
  /** It is no news any more: only noted. */
  readonly isSilent?: boolean;
  readonly told: (state: NoticeState, isShown: boolean) => NoticeState;
}

/** What could be told now, and when more may be. */
export interface Candidates {
  readonly due: readonly Candidate[];
  readonly lookAt: readonly number[];
}
