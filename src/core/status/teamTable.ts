import { countedPoints } from '../base/counts.ts';
import { ageWords } from '../base/format.ts';
import type { Locale, Translate } from '../base/ports.ts';
import { causeWords } from '../explain/causeWords.ts';
import { numberWords, windowWords } from '../explain/evidenceWords.ts';
import type { Incident } from '../incidents/incident.ts';
import { CAUSES, type Cause } from '../incidents/verdict.ts';
import type { Activity } from '../quota/activity.ts';
import type { WindowUse } from '../quota/windowUse.ts';
import type { QuotaView } from '../quota/quotaView.ts';
import { type OtherMachine, type TeamAccount, teamAccount, type TeamFault } from '../quota/team.ts';

import { slotUse, whereWords } from './slots.ts';

/** The machines of an account as a table of texts. */
export interface TeamTable {
  /** Sums and warnings, one sentence each. */
  readonly summary: readonly string[];
  readonly columns: readonly string[];
  /** This machine first, then the busiest, then those that became silent. */
  readonly rows: readonly (readonly string[])[];
}

/** What the table is made from, all of one account. */
export interface TeamSituation {
  readonly provider: TeamAccount['provider'];
  /** Absent: its quota was never checked here. */
  readonly view?: QuotaView;
  readonly activity: Activity;
  readonly incidents: readonly Incident[];
}

/** The machines of an account; undefined without a team. Pure. */
export function teamTable(situation: TeamSituation, locale: Locale): TeamTable | undefined {
  const { activity, provider } = situation;
  const team = teamAccount(activity.team, provider);
  const { t } = locale;
  const faults = faultWords(activity, t);
  if (!team) return faults.length > 0 ? { summary: faults, columns: [], rows: [] } : undefined;
  const use = useOf(situation);
  const points = pointsOf(use, locale);
  return {
    summary: [...summaryOf(team, situation, locale), ...faults],
    columns: [
      t('Machine'),
      t('In flight'),
      t('Tokens last minute'),
      ...(points ? [t('Of the {0}', windowWords(use!.windowId, t))] : []),
      t('Failing now'),
      t('Last report'),
    ],
    rows: [
      ownRow(situation, { locale, points }),
      ...team.machines.map(one => rowOf(one, { locale, points })),
      ...team.silent.map(({ machine, ageMs }) => [
        machine,
        t('silent'),
        '',
        ...(points ? [''] : []),
        '',
        ageWords(ageMs, t),
      ]),
    ],
  };
}

function summaryOf(
  { totals, machines }: TeamAccount,
  { activity, provider, view }: TeamSituation,
  { t }: Locale,
): string[] {
  const use = slotUse(activity, provider);
  const where = use ? whereWords(use, t) : '';
  const limit = view?.snapshot?.parallelLimit;
  const left = totals.count - machines.length;
  return [
    ...(use && limit !== undefined
      ? [
          where === ''
            ? t('{0} of {1} in flight.', use.total, limit)
            : t('{0} of {1} in flight: {2}.', use.total, limit, where),
        ]
      : []),
    ...(left > 0 ? [t('Other machines, not listed: {0}.', left)] : []),
    ...(activity.team?.isNameTaken
      ? [
          t(
            'Another machine reports under the name of this one, so neither sees the other. Give each its own name (kimiQuota.team.machine).',
          ),
        ]
      : []),
  ];
}

/** What is missing while the metrics store doesn't work; the rest is as without a team. */
function faultWords({ teamFaults: { push, query } = {} }: Activity, t: Translate): string[] {
  return [
    ...(query ? [t("The other machines' numbers are missing: {0}", reasonOf(query, t))] : []),
    ...(push ? [t("This machine's numbers aren't sent: {0}", reasonOf(push, t))] : []),
  ];
}

function reasonOf(fault: TeamFault, t: Translate): string {
  switch (fault) {
    case 'refused':
      return t('the metrics store rejects the request.');
    case 'unreachable':
      return t("the metrics store doesn't respond.");
    case 'malformed':
      return t('the response of the metrics store is not readable.');
    case 'notPrivate':
      return t('its address must start with https://.');
  }
}

/** The tightest quota, or the first one. */
function useOf({ view, activity }: TeamSituation): WindowUse | undefined {
  const origin = view?.snapshot?.origin;
  const uses = (activity.uses ?? []).filter(use => use.origin === origin);
  return uses.find(({ windowId }) => windowId === view?.binding?.id) ?? uses[0];
}

interface PointWords {
  readonly own: string;
  readonly of: (machine: string) => string;
}

/** What each machine took of the quota; undefined while it is unknown. */
function pointsOf(use: WindowUse | undefined, { t }: Locale): PointWords | undefined {
  if (!use) return undefined;
  const { agents, machines = [] } = use;
  const isPriced = agents.some(({ points }) => points !== undefined);
  if (machines.length === 0 && !isPriced) return undefined;
  const words = (points: number): string => countedPoints(Math.round(points), t);
  const own = agents.reduce((sum, { points }) => sum + (points?.points ?? 0), 0);
  return {
    own: isPriced ? words(own) : '',
    of: machine => {
      const found = machines.find(one => one.machine === machine);
      return found ? words(found.points) : '';
    },
  };
}

interface RowContext {
  readonly locale: Locale;
  readonly points: PointWords | undefined;
}

function ownRow(
  { activity, incidents, provider }: TeamSituation,
  { locale, points }: RowContext,
): string[] {
  const { t } = locale;
  const failing = incidents
    .filter(one => one.state === 'running' && one.provider === provider)
    .map(({ verdict }) => verdict.cause);
  return [
    t('This machine'),
    numberWords(activity.inFlight?.total ?? 0, locale),
    '',
    ...(points ? [points.own] : []),
    failingWords(failing, locale),
    '',
  ];
}

function rowOf(one: OtherMachine, { locale, points }: RowContext): string[] {
  const { machine, inFlight, tokensLastMinute, failing = [], ageMs } = one;
  const { t } = locale;
  return [
    machine,
    numberWords(inFlight, locale),
    tokensLastMinute === undefined ? '' : numberWords(Math.round(tokensLastMinute), locale),
    ...(points ? [points.of(machine)] : []),
    failingWords(failing, locale),
    ageMs === undefined ? t('its clock is wrong') : ageWords(ageMs, t),
  ];
}

/** Codes of another version are not shown. */
function failingWords(causes: readonly string[], { t }: Locale): string {
  const known = CAUSES.filter(cause => causes.includes(cause));
  return known.map((cause: Cause) => causeWords(cause, t).short).join(t(', '));
}
