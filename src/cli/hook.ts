import type { Locale } from '../core/base/ports.ts';
import { isMoonshotBase } from '../core/accounts/foundKey.ts';
import type { AccountView } from '../core/quota/quotaAccounts.ts';
import { type Guard, isOn, loadGuard } from '../core/status/guard.ts';
import { paceReason } from '../core/status/pace.ts';
import { openArchive, readMachine } from './machine.ts';
import { printJson } from './output.ts';

/** A call of `kimi-quota hook`. */
export interface HookCall {
  readonly agent: 'claude-code' | 'kimi-code';
  readonly guard: Guard;
  readonly locale: Locale;
}

/** The fields in use of the event that the agents write, both in the same form. */
interface HookEvent {
  readonly hook_event_name?: unknown;
  readonly tool_name?: unknown;
  readonly tool_input?: unknown;
  readonly error?: unknown;
  readonly error_details?: unknown;
  readonly error_message?: unknown;
  readonly last_assistant_message?: unknown;
}

/**
 * The agent waits for its hook: an answer that takes longer is not given. A sub-agent takes seconds
 * to start, on a busy machine too; after a failure nothing waits.
 */
const LONGEST_MS = { step: 110, subagent: 500, failure: 2000 } as const;
const ASKED_MS = Number(process.env.KIMI_QUOTA_HOOK_MS);
/** A longer event has the content of files in it. */
const MOST_BYTES = 1024 * 1024;

/** Tools that start sub-agents, in both agents. */
const SUBAGENT_TOOLS: ReadonlySet<unknown> = new Set(['Task', 'Agent', 'AgentSwarm']);

/** Answers one event. Always resolves to 0: a hook never stops an agent by failing. */
export async function answerHook(call: HookCall): Promise<number> {
  const startedMs = performance.now();
  let patience = setTimeout(giveUp, ASKED_MS || LONGEST_MS.failure);
  try {
    const event = await readEvent();
    clearTimeout(patience);
    patience = setTimeout(giveUp, longestMs(event) - (performance.now() - startedMs));
    const answer = event && (await answerTo(event, call));
    if (answer) printJson(answer);
  } catch {
    // No answer means: go ahead.
  }
  clearTimeout(patience);
  return 0;
}

const giveUp = (): never => process.exit(0);

function longestMs(event: HookEvent | undefined): number {
  if (ASKED_MS) return ASKED_MS;
  if (event?.hook_event_name === 'StopFailure') return LONGEST_MS.failure;
  return event && subagentsIn(event) > 0 ? LONGEST_MS.subagent : LONGEST_MS.step;
}

async function readEvent(): Promise<HookEvent | undefined> {
  const chunks: Buffer[] = [];
  let byteCount = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    byteCount += chunk.length;
    if (byteCount > MOST_BYTES) return undefined;
    chunks.push(chunk);
  }
  const event: unknown = JSON.parse(Buffer.concat(chunks).toString());
  return typeof event === 'object' && event !== null ? event : undefined;
}

async function answerTo(event: HookEvent, call: HookCall): Promise<object | undefined> {
  if (event.hook_event_name === 'StopFailure') return failureAnswer(event, call);
  const isTool = event.hook_event_name === 'PreToolUse';
  if (!isTool && event.hook_event_name !== 'UserPromptSubmit') return undefined;
  const reason = await reasonAgainst(isTool ? subagentsIn(event) : 0, call);
  if (reason === undefined) return undefined;
  if (!isTool && call.agent === 'claude-code') return { decision: 'block', reason };
  return {
    hookSpecificOutput: {
      hookEventName: event.hook_event_name,
      permissionDecision: 'deny',
      permissionDecisionReason: reason,
    },
  };
}

/** Options of the command line replace the settings of the editor. */
async function reasonAgainst(
  subagents: number,
  { agent, guard: asked, locale }: HookCall,
): Promise<string | undefined> {
  const archive = openArchive();
  if (!archive) return undefined;
  try {
    const guard = isOn(asked) ? asked : await loadGuard(archive);
    if (subagents === 0 && !isOn(guard)) return undefined;
    const state = await readMachine(archive, Date.now());
    const account = accountOf(agent, state.accounts);
    return account && paceReason(account, { subagents }, { ...state, guard, locale });
  } finally {
    archive.dispose();
  }
}

async function storedNumbers(agent: HookCall['agent']): Promise<AccountView | undefined> {
  const archive = openArchive();
  if (!archive) return undefined;
  try {
    return accountOf(agent, (await readMachine(archive, Date.now())).accounts);
  } finally {
    archive.dispose();
  }
}

/** The account that the agent's requests go to; undefined where they go elsewhere. */
function accountOf(
  agent: HookCall['agent'],
  accounts: readonly AccountView[],
): AccountView | undefined {
  if (agent === 'kimi-code') return accounts.find(({ account }) => account.id === 'kimiCode');
  const baseUrl = process.env.ANTHROPIC_BASE_URL ?? '';
  const origin = URL.parse(baseUrl)?.origin;
  const known = accounts.find(
    ({ account: { endpoint } }) => !('problem' in endpoint) && endpoint.origin === origin,
  );
  return known ?? (isMoonshotBase(baseUrl) ? accounts[0] : undefined);
}

/** A swarm has a list of tasks; a single sub-agent has none. */
function subagentsIn({ tool_name: name, tool_input: input }: HookEvent): number {
  if (!SUBAGENT_TOOLS.has(name)) return 0;
  if (name !== 'AgentSwarm' || typeof input !== 'object' || input === null) return 1;
  const lists = Object.values(input).filter(Array.isArray);
  return Math.max(1, ...lists.map(list => list.length));
}

/**
 * The cause and when to retry, as a message for the user: the agent may not show it. Claude Code has
 * the text in its last message, and only a word in `error`.
 */
async function failureAnswer(
  event: HookEvent,
  { agent, locale }: HookCall,
): Promise<object | undefined> {
  const { error_message, error_details, last_assistant_message, error } = event;
  const parts = [error_message, error_details, last_assistant_message, error];
  const text = parts.find(part => typeof part === 'string' && part !== '');
  if (typeof text !== 'string') return undefined;
  const { failureSentence } = await import('./hookFailure.ts');
  const sentence = failureSentence(text, (await storedNumbers(agent))?.view, locale);
  if (sentence === undefined) return undefined;
  return agent === 'claude-code' ? { systemMessage: sentence } : { message: sentence };
}
