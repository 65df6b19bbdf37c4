import { EventEmitter } from 'node:events';

import { type Account, createAccount } from './account.ts';
import { chargeTokens, renewWindows } from './allowance.ts';
import { DrivenClock } from './drivenClock.ts';
import type { KimiCodeErrorName } from './kimiCodeErrors.ts';
import { Lane } from './lane.ts';
import type { PlatformErrorName } from './platformErrors.ts';
import { THREE_WINDOWS, type UsagesScenario } from './usagesScenario.ts';
import type { Wording } from './wording.ts';

/** Behavior of the service besides the account. Mutable, like the account. */
export interface Behaviour {
  /** How `/usages` answers. */
  usages: UsagesScenario;
  /** Which of Kimi's sets of sentences refuses a request. */
  wording: Wording;
  /** How long an answer is generated, and its slot held, on the service's clock. */
  generationMs: number;
  /** How many tokens an answer has, if the request allows as many. */
  answerTokens: number;
  /** `atMaxEffort`: only for requests that ask for effort "max" (kimi-code #1252). */
  overloaded: 'never' | 'always' | 'atMaxEffort';
  /** Sent as `retry-after` with every 429 to a completion of Kimi Code; absent as captured. */
  retryAfterSeconds: number | undefined;
  /** Errors for the next completions of Kimi Code, the first one first, before all other checks. */
  failures: KimiCodeErrorName[];
  /** The same for the open platform. */
  platformFailures: PlatformErrorName[];
  /** "Overloaded" for every User-Agent that starts with `Anthropic` (docs/kimi.md 4.3). */
  refusesStockAnthropicSdk: boolean;
  /** Starts of the User-Agents that the OpenAI route accepts; absent means all (docs/kimi.md 4.2). */
  acceptedClients: readonly string[] | undefined;
  /** A program in front of the service that writes errors in its own form (docs/kimi.md 4.5). */
  rewrites: 'errorMessage' | 'noError' | 'html' | undefined;
  /**
   * Tools that the next completions call, the first one first. Each waits for a request that offers
   * its tool.
   */
  toolCalls: ToolCall[];
  /** Whether answers carry a `Date`, by the service's clock. */
  sendsDate: boolean;
  /** Tokens per minute that somebody else on this account uses all the time. */
  backgroundTokensPerMinute: number;
}

/** A call of a tool that an agent offers. */
interface ToolCall {
  /** The name, or its end: agents put the server of a tool before it. */
  readonly tool: string;
  readonly input: object;
}

/** All that the handlers share. */
export interface ServiceState {
  readonly clock: DrivenClock;
  readonly account: Account;
  readonly behaviour: Behaviour;
  readonly kimiCode: Lane;
  readonly platform: Lane;
  /** What each completion was asked, as JSON: messages with the results of tools. */
  readonly prompts: string[];
  /** Emits `change` at each request, admission and answer, for whoever waits on the service. */
  readonly changes: EventEmitter;
  /** Up to when background use has been booked. */
  settledAt: number;
}

const DEFAULT_BEHAVIOUR: Behaviour = {
  usages: THREE_WINDOWS,
  wording: 'set2',
  generationMs: 0,
  answerTokens: 64,
  overloaded: 'never',
  retryAfterSeconds: undefined,
  failures: [],
  platformFailures: [],
  refusesStockAnthropicSdk: false,
  acceptedClients: undefined,
  rewrites: undefined,
  toolCalls: [],
  sendsDate: true,
  backgroundTokensPerMinute: 0,
};

/** A fresh service with nothing running. `startAt` stops its clock there. */
export function createServiceState(
  startAt: number | undefined,
  account: Partial<Account>,
  behaviour: Partial<Behaviour>,
): ServiceState {
  const clock = new DrivenClock(startAt);
  const now = clock.now();
  return {
    clock,
    account: { ...createAccount(now), ...account },
    behaviour: {
      ...DEFAULT_BEHAVIOUR,
      failures: [],
      platformFailures: [],
      toolCalls: [],
      ...behaviour,
    },
    prompts: [],
    kimiCode: new Lane(),
    platform: new Lane(),
    changes: new EventEmitter().setMaxListeners(0),
    settledAt: now,
  };
}

/** Brings the account up to the present: background use, then windows that have ended since. */
export function settle(state: ServiceState): void {
  const now = state.clock.now();
  const minutes = Math.max(0, now - state.settledAt) / 60_000;
  state.settledAt = now;
  if (state.behaviour.backgroundTokensPerMinute > 0)
    chargeTokens(state.account, minutes * state.behaviour.backgroundTokensPerMinute);
  renewWindows(state.account, now);
}
