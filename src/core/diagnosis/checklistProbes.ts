import { countedPoints } from '../base/counts.ts';
import { agentName } from '../agents/signal.ts';
import { clockWords, joinSentences, moneyWords, remainingWords } from '../base/format.ts';
import { productOfHost } from '../base/kimiHosts.ts';
import type { Locale } from '../base/ports.ts';
import { categoryNoun } from '../explain/causeWords.ts';
import { gatewayName } from '../explain/evidenceWords.ts';
import { windowName } from '../status/windowWords.ts';
import { type ChecklistFacts, type CheckState, idsOf } from './checklistFacts.ts';
import { outcomeTitle } from './directWords.ts';
import { oldKeyPlaces, oldKeyWords } from './oldKey.ts';

/** Whether a step is done, as far as a program can tell, and what was found. */
export type Probe = (facts: ChecklistFacts, locale: Locale) => readonly [CheckState, string?];

const UNKNOWN = ['unknown'] as const;

/** Whether the agent still retries. */
export const stoppedProbe: Probe = ({ incident }, { t }) =>
  incident.state === 'running' ? ['notDone', t('It still retries.')] : ['done'];

/** What the error text says. */
export const textProbe: Probe = ({ incident }, { t }) => {
  const { category, fields, example } = incident;
  const says = fields.says ?? category;
  if (says === null || says === 'unknown') return UNKNOWN;
  const noun = categoryNoun(says, t);
  const status = fields.status ?? example.signal.status;
  return status === undefined
    ? ['done', t('It says: {0}.', noun)]
    : ['done', t('It says: {0} (HTTP status {1}).', noun, status)];
};

/** Whether Kimi accepted the key in the direct request. */
export const keyProbe: Probe = ({ direct }, { t }) => {
  if (!direct || direct.answer.kind === 'unreachable') return UNKNOWN;
  const { answer } = direct;
  const isRejected = answer.kind === 'refused' && answer.classification.category === 'auth';
  return isRejected
    ? ['notDone', t('Kimi rejects this key.')]
    : ['done', t('Kimi accepts this key.')];
};

/** The host of the failed request. */
export const hostProbe: Probe = ({ incident }, { t }) => {
  const { host, configuredHost } = incident.example.signal.evidence;
  const used = host ?? configuredHost;
  if (used === undefined) return UNKNOWN;
  return productOfHost(used)
    ? ['done', t('It uses {0}.', used)]
    : ['notDone', t("It uses {0}, which isn't Kimi's.", used)];
};

/** Whether a gateway shows in the text or in the host. */
export const gatewayProbe: Probe = (facts, locale) => {
  const { gateway } = facts.incident.fields;
  const { t } = locale;
  if (gateway !== undefined) return ['notDone', t('Found: {0}.', gatewayName(gateway, t))];
  const [state] = hostProbe(facts, locale);
  return state === 'done' ? ['done', t('None found.')] : [state];
};

/** The result of the direct request. */
export const directProbe: Probe = ({ direct, now }, locale) =>
  direct
    ? [
        'done',
        locale.t(
          '{0}: {1}.',
          clockWords(direct.at, now, locale),
          outcomeTitle(direct.outcome, locale.t),
        ),
      ]
    : ['notDone'];

/** The organizations in the error and of the tested key. */
export const organizationProbe: Probe = ({ incident, direct }, { t }) => {
  const failing = idsOf(incident)?.organization;
  const answer = direct?.answer;
  const tested = answer && 'support' in answer ? answer.support?.organization : undefined;
  if (failing === undefined) return UNKNOWN;
  if (tested === undefined) return ['unknown', t('In the error: {0}.', failing)];
  return failing === tested
    ? ['done', t('Both are {0}.', failing)]
    : ['notDone', t('In the error: {0}. Your key: {1}.', failing, tested)];
};

/** Voucher and cash of the account that is shown. */
export const balanceProbe: Probe = ({ snapshot }, locale) => {
  const balance = snapshot?.balance;
  if (!balance) return UNKNOWN;
  const { t } = locale;
  const money = (amount: number | undefined): string =>
    amount === undefined ? t('unknown') : moneyWords(amount, balance.currency, locale);
  const found = t('Voucher {0}, cash {1}.', money(balance.voucher), money(balance.cash));
  return [balance.available > 0 ? 'done' : 'notDone', found];
};

/** The quota left, and whether one is used up. */
export const quotaProbe: Probe = ({ snapshot }, { t }) => {
  const windows = snapshot?.windows.filter(({ usedPercent }) => usedPercent !== undefined) ?? [];
  if (windows.length === 0) return UNKNOWN;
  const list = windows.map(window => {
    const left = t('{0} left', remainingWords(100 - (window.usedPercent ?? 0)));
    return t('{0}: {1}', windowName({ ...window, isResetting: false }, t), left);
  });
  const isUsedUp = windows.some(({ usedPercent }) => usedPercent === 100);
  return [isUsedUp ? 'notDone' : 'done', t('{0}.', list.join(t(', ')))];
};

/** Requests in flight against the plan's limit. */
export const parallelProbe: Probe = ({ incident, snapshot }, { t }) => {
  const peak = incident.shape?.inFlightPeak;
  const limit = incident.fields.limit ?? snapshot?.parallelLimit;
  if (peak === undefined || limit === undefined) return UNKNOWN;
  const found = t('At least {0} of {1} were in flight.', peak, limit);
  return [peak >= limit ? 'notDone' : 'done', found];
};

/** The places that contain the key. */
export const placesProbe: Probe = ({ state: { places } }, { t }) => {
  if (!places) return ['notDone'];
  return places.length === 0
    ? ['done', t('No program here contains it.')]
    : ['done', t('Found in: {0}.', places.join(t(', ')))];
};

/** Agents with requests in flight, and those that ran since the newest quota period began. */
export const runningProbe: Probe = ({ activity, now }, locale) => {
  const inFlight = activity?.inFlight;
  if (!inFlight) return UNKNOWN;
  const { t } = locale;
  if (inFlight.total > 0) {
    const names = inFlight.byAgent.map(({ agent, count }) => `${agentName(agent, t)} ${count}`);
    return ['notDone', t('In flight: {0}.', names.join(t(', ')))];
  }
  const latest = activity.uses?.toSorted((a, b) => b.from - a.from)[0];
  const names = latest?.agents.map(({ agent }) => agentName(agent, t)) ?? [];
  const ran =
    latest && names.length > 0
      ? t('Ran since {0}: {1}.', clockWords(latest.from, now, locale), names.join(t(', ')))
      : '';
  return ['done', joinSentences([t('None has a request in flight.'), ran], t)];
};

/** Usage that no agent here explains. */
export const explainedProbe: Probe = ({ activity, now }, locale) => {
  const use = activity?.foreignUse;
  if (!use) return UNKNOWN;
  const { t } = locale;
  const [from, to] = [clockWords(use.from, now, locale), clockWords(use.to, now, locale)];
  const points = countedPoints(Math.round(use.points), t);
  return ['notDone', t('No agent here explains {0} ({1} to {2}).', points, from, to)];
};

/** The places that still contain the old key. */
export const switchedProbe: Probe = ({ state: { oldKey } }, { t }) => {
  if (!oldKey) return UNKNOWN;
  return [oldKey.places.length === 0 ? 'done' : 'notDone', oldKeyPlaces(oldKey, t)];
};

/** Kimi's answer to the old key. */
export const oldKeyProbe: Probe = ({ state: { oldKey } }, { t }) => {
  if (!oldKey || oldKey.result === 'unknown') return ['notDone'];
  return [oldKey.result === 'refused' ? 'done' : 'notDone', oldKeyWords(oldKey, t)];
};

/** Whether the wait is over. */
export const resetProbe: Probe = ({ incident, now }, locale) => {
  const { retryAt } = incident.verdict;
  if (retryAt === undefined) return UNKNOWN;
  if (retryAt <= now) return ['done'];
  return ['notDone', locale.t('Until {0}.', clockWords(retryAt, now, locale))];
};

/** What the status page reports. */
export const statusProbe: Probe = ({ status, now }, locale) => {
  if (!status || status.level === 'unknown') return ['notDone'];
  const { t } = locale;
  const at = clockWords(status.at, now, locale);
  if (status.level === 'well') return ['done', t('{0}: no problem reported.', at)];
  return status.incident === undefined
    ? ['done', t('{0}: a problem is reported.', at)]
    : ['done', t('{0}: {1}.', at, status.incident)];
};

const HOUR = { from: 6, to: 9 } as const;

/** Weekdays 14:00 to 17:00 in Beijing, when capacity is short (docs/kimi.md 4.3). */
export const peakProbe: Probe = ({ now }, { t }) => {
  const time = new Date(now);
  const [day, hour] = [time.getUTCDay(), time.getUTCHours()];
  const isPeak = day >= 1 && day <= 5 && hour >= HOUR.from && hour < HOUR.to;
  return isPeak ? ['notDone', t('It is peak time now.')] : ['done', t("It isn't peak time now.")];
};
