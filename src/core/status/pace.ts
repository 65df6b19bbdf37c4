import { durationWords, joinSentences, clockWords } from '../base/format.ts';
import type { Locale } from '../base/ports.ts';
import type { AccountView } from '../quota/quotaAccounts.ts';
import type { Guard } from './guard.ts';
import {
  startAdvice,
  type StartAdvice,
  type StartSurroundings,
  startWords,
} from './startAdvice.ts';
import { windowName } from './windowWords.ts';

/** What an agent is about to do: start sub-agents, or take any other step. */
export interface PlannedStep {
  /** 0: no sub-agent. */
  readonly subagents: number;
}

/** Failed attempts of a retry that cannot succeed, before it counts as a runaway. */
const RUNAWAY_COUNT = 10;

/**
 * Why an agent should not take a step now, in one or two sentences for the agent; undefined: nothing
 * speaks against it, or nothing is known. Pure.
 */
export function paceReason(
  account: AccountView,
  step: PlannedStep,
  context: StartSurroundings & { readonly guard: Guard; readonly locale: Locale },
): string | undefined {
  return (
    guardReason(account, context) ??
    (step.subagents > 0 ? startReason(account, step, context) : undefined)
  );
}

function startReason(
  account: AccountView,
  { subagents }: PlannedStep,
  { locale, ...known }: StartSurroundings & { readonly locale: Locale },
): string | undefined {
  const advice = startAdvice(account, known);
  if (!blocks(advice, subagents)) return undefined;
  const { t } = locale;
  const more =
    advice.kind === 'wait' && advice.reason !== 'concurrency'
      ? t('Wait until then, or continue without sub-agents.')
      : t('Continue without more sub-agents, or start them later.');
  return `Kimi: ${joinSentences([startWords(advice, known.now, locale), more], t)}`;
}

/** A low quota is advice for people: it does not stop an agent. */
function blocks(advice: StartAdvice, subagents: number): boolean {
  switch (advice.kind) {
    case 'wait':
      return advice.reason !== 'lowWindow';
    case 'fewer':
      return advice.reason === 'concurrency' && subagents > advice.agents;
    case 'go':
      return advice.agents !== undefined && subagents > advice.agents;
    case 'unknown':
      return false;
  }
}

function guardReason(
  account: AccountView,
  {
    guard,
    incidents,
    locale,
    now,
  }: StartSurroundings & { readonly guard: Guard; readonly locale: Locale },
): string | undefined {
  const { t } = locale;
  const runaway = guard.stopsRunaway
    ? incidents.find(
        ({ state, count, verdict }) =>
          state === 'running' && verdict.retry === 'useless' && count >= RUNAWAY_COUNT,
      )
    : undefined;
  if (runaway)
    return t(
      'Kimi: stopped by your guard. {0} requests failed, and retrying cannot succeed.',
      runaway.count,
    );
  const { stopBelowPercent, between } = guard;
  const longest = account.view.windows.findLast(
    ({ remainingPercent }) => remainingPercent !== undefined,
  );
  if (stopBelowPercent === undefined || !longest || account.view.isOld) return undefined;
  if (between && !isBetween(now, between)) return undefined;
  const { remainingPercent = 100, resetsInMs } = longest;
  if (remainingPercent >= stopBelowPercent) return undefined;
  const name = windowName(longest, t);
  const left = Math.floor(remainingPercent);
  const resets =
    resetsInMs === undefined
      ? ''
      : t(
          'Resets in {0}, {1}.',
          durationWords(resetsInMs, t),
          clockWords(now + resetsInMs, now, locale),
        );
  const stopped = t(
    'Kimi: stopped by your guard. {0}: {1}% left, your limit is {2}%.',
    name,
    left,
    stopBelowPercent,
  );
  return joinSentences([stopped, resets], t);
}

/** By the local time of day. */
function isBetween(now: number, [from, to]: readonly [number, number]): boolean {
  const date = new Date(now);
  const minute = date.getHours() * 60 + date.getMinutes();
  return from <= to ? minute >= from && minute < to : minute >= from || minute < to;
}
