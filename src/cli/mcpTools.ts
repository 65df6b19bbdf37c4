import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import * as z from 'zod';
import type { Locale } from '../core/base/ports.ts';
import { redact } from '../core/base/redact.ts';
import { MINUTE_MS } from '../core/base/time.ts';
import { classify } from '../core/errors/classify.ts';
import { explain, explainWords } from '../core/explain/explain.ts';
import { publicIncident, publicJson, publicSnapshot } from '../core/publicFigures.ts';
import { openingWords } from '../core/status/opening.ts';
import { startAdvice, startWords } from '../core/status/startAdvice.ts';
import { waitUntilOpen } from '../core/status/waitUntilOpen.ts';
import { SystemClock } from '../node/systemClock.ts';
import { openingInput } from './liveState.ts';
import type { MachineState } from './machine.ts';
import type { UsageQuestion } from './usageReport.ts';
import { waitReport } from './wait.ts';

/** What the tools read. */
export interface ToolContext {
  readonly locale: Locale;
  /** `freshMs`: numbers may be this old where they can be read again. */
  readonly readState: (freshMs: number) => Promise<MachineState>;
  readonly readUsage: (question: UsageQuestion) => Promise<object>;
}

/** A check of the quota may be this old: an agent may call a tool before each step. */
const FRESH_MS = MINUTE_MS;

const READ_ONLY = { readOnlyHint: true, destructiveHint: false, idempotentHint: true } as const;
const NO_INPUT = z.strictObject({});

/** A result for programs, and as text for clients that show only text. */
function result(value: object): CallToolResult {
  const structuredContent = JSON.parse(publicJson(value)) as Record<string, unknown>;
  return {
    structuredContent,
    content: [{ type: 'text', text: JSON.stringify(structuredContent) }],
  };
}

/** Registers all tools. Results contain numbers, codes and short sentences; no log text. */
export function registerTools(server: McpServer, context: ToolContext): void {
  registerQuota(server, context);
  registerStart(server, context);
  registerExplain(server, context);
  registerFailures(server, context);
  registerUsage(server, context);
  registerWait(server, context);
}

function registerQuota(server: McpServer, { readState }: ToolContext): void {
  server.registerTool(
    'get_quota',
    {
      title: 'Kimi quota',
      description:
        'How much of the Kimi quota is left, per account: state, percentage left of each window with its reset (ISO 8601 UTC) or the balance, parallelLimit, and requests in flight on this machine. The numbers are ageMs old.',
      inputSchema: NO_INPUT,
      annotations: READ_ONLY,
    },
    async () => {
      const known = await readState(FRESH_MS);
      return result(publicSnapshot(known.accounts, known));
    },
  );
}

function registerStart(server: McpServer, { readState, locale }: ToolContext): void {
  server.registerTool(
    'is_it_safe_to_start',
    {
      title: 'Whether to start agents',
      description:
        'Call before starting sub-agents. advice: go (agents more fit), fewer (at most agents), wait (until, if known) or unknown; reason as a code, and one sentence.',
      inputSchema: z.strictObject({
        agents: z.int().min(1).max(1000).optional().describe('How many you want to start'),
      }),
      annotations: READ_ONLY,
    },
    async ({ agents }) => {
      const known = await readState(FRESH_MS);
      const [account] = known.accounts;
      if (!account)
        return result({
          advice: 'unknown',
          sentence: startWords({ kind: 'unknown' }, known.now, locale),
        });
      const { kind, ...advice } = startAdvice(account, known);
      const room = 'agents' in advice ? advice.agents : undefined;
      const fits = kind === 'go' || kind === 'fewer';
      return result({
        advice: kind,
        ...('reason' in advice ? { reason: advice.reason } : {}),
        ...(room === undefined ? {} : { agents: room }),
        ...('until' in advice && advice.until !== undefined ? { until: advice.until } : {}),
        ...(agents === undefined || !fits ? {} : { fits: room === undefined || agents <= room }),
        ...(account.view.ageMs === undefined ? {} : { ageMs: account.view.ageMs }),
        sentence: startWords(startAdvice(account, known), known.now, locale),
      });
    },
  );
}

/** Longer texts are conversations. */
const LONGEST_TEXT = 20_000;

function registerExplain(server: McpServer, { locale }: ToolContext): void {
  server.registerTool(
    'explain_error',
    {
      title: 'Explain an error text',
      description:
        'What an error text of a request to Kimi means: category code, cause, whether and when to retry, and next steps. Sends nothing.',
      inputSchema: z.strictObject({
        text: z.string().min(1).max(LONGEST_TEXT).describe('The error text'),
      }),
      annotations: READ_ONLY,
    },
    async ({ text }) => {
      const answer = classify(text);
      const words = { ...answer, text: redact(text.trim()) };
      const { title, cause, certainty, retry, steps } = explainWords(words, {
        locale,
        now: Date.now(),
      });
      const { category, confidence, isKimi } = answer;
      const sentences = { title, cause, certainty, retry, steps: steps.map(step => step.text) };
      return result({ category, confidence, isKimi, ...sentences });
    },
  );
}

function registerFailures(server: McpServer, { readState, locale }: ToolContext): void {
  server.registerTool(
    'what_failed',
    {
      title: 'Failed requests',
      description:
        'Failed requests of coding agents on this machine in the last day as incidents, the newest first: cause code, certainty, state (running: an agent still retries), agents, counts, times and retryAt, and one sentence.',
      inputSchema: z.strictObject({
        open: z.boolean().optional().describe('Only ongoing incidents'),
      }),
      annotations: READ_ONLY,
    },
    async ({ open = false }) => {
      const { incidents, now } = await readState(FRESH_MS);
      const shown = incidents.filter(incident => !open || incident.state === 'running');
      return result({
        incidents: shown.slice(0, 20).map(incident => {
          const { cause, retry } = explain(incident, { locale, now });
          return { ...publicIncident(incident), sentence: `${cause} ${retry}`.trim() };
        }),
      });
    },
  );
}

const LONGEST_USAGE_HOURS = 30 * 24;

function registerUsage(server: McpServer, { readUsage, locale }: ToolContext): void {
  server.registerTool(
    'where_it_went',
    {
      title: 'What used the quota',
      description:
        'Tokens that the coding agents on this machine used, by agent, model or day: answers, tokens by class, failures and retries. From the logs of the agents; other machines are not visible. No project or session names.',
      inputSchema: z.strictObject({
        by: z.enum(['agent', 'model', 'day']).optional().describe('Default: agent'),
        hours: z
          .int()
          .min(1)
          .max(LONGEST_USAGE_HOURS)
          .optional()
          .describe('How far back; default 24'),
      }),
      annotations: READ_ONLY,
    },
    async ({ by = 'agent', hours = 24 }) => result(await readUsage({ by, hours, locale })),
  );
}

/** Clients end a call without progress after a minute. */
const LONGEST_WAIT_MINUTES = 360;
const USUAL_WAIT_MINUTES = 60;

function registerWait(server: McpServer, { readState, locale }: ToolContext): void {
  server.registerTool(
    'wait_until_open',
    {
      title: 'Wait until requests pass',
      description:
        'Waits until requests pass again, instead of retrying: the reset of the quota that blocks, the end of a rate limit, or a free parallel slot. Reports progress; can be cancelled. end: open, timeout, useless (waiting does not help) or unknown.',
      inputSchema: z.strictObject({
        minutes: z
          .number()
          .min(0)
          .max(LONGEST_WAIT_MINUTES)
          .optional()
          .describe('The longest wait; default 60'),
      }),
      annotations: READ_ONLY,
    },
    async ({ minutes = USUAL_WAIT_MINUTES }, { signal, sendNotification, _meta }) => {
      let progress = 0;
      const progressToken = _meta?.progressToken;
      const waited = await waitUntilOpen({
        clock: new SystemClock({ keepsAlive: true }),
        goal: 'go',
        maxMs: minutes * MINUTE_MS,
        random: Math.random,
        read: async freshMs => openingInput(await readState(freshMs)),
        onProgress: opening => {
          if (progressToken === undefined) return;
          const message = openingWords(opening, Date.now(), locale);
          const params = { progressToken, progress: ++progress, message };
          sendNotification({ method: 'notifications/progress', params }).catch(() => undefined);
        },
        signal,
      });
      const sentence = openingWords(waited.opening, Date.now(), locale);
      return result({ ...waitReport(waited), sentence });
    },
  );
}
