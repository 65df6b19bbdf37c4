import assert from 'node:assert/strict';
import { buildCli, runCli } from '../support/cliProcess.ts';
import { incidentOf, UNSURE } from '../support/incidents.ts';
import { createMachineHome, type StoredMachine } from '../support/machineHome.ts';
import { HOUR_MS } from '../support/quotaViews.ts';

const KIMI = { ANTHROPIC_BASE_URL: 'https://api.kimi.com/coding/' };
const resetsAt = Date.now() + HOUR_MS;

const free: StoredMachine = {
  windows: [{ id: '5h', usedPercent: 10, resetsAt }],
  more: { parallelLimit: 10 },
  inFlight: 2,
};
const full: StoredMachine = { ...free, inFlight: 10 };
const spent: StoredMachine = { windows: [{ id: '5h', usedPercent: 100, resetsAt }], inFlight: 0 };
const low: StoredMachine = { windows: [{ id: 'month', usedPercent: 95, resetsAt }], inFlight: 0 };
const running = { from: Date.now() - 60_000, to: Date.now(), state: 'running' } as const;
const runaway: StoredMachine = {
  ...free,
  incidents: [incidentOf('i', { ...running, count: 40, verdict: { ...UNSURE, retry: 'useless' } })],
};

const step = (tool_name: string, tool_input: object = {}): object => ({
  hook_event_name: 'PreToolUse',
  session_id: 's',
  cwd: '/tmp',
  tool_name,
  tool_input,
});
const swarm = (count: number) =>
  step('AgentSwarm', { items: Array.from({ length: count }, String) });
const failure = (fields: object): object => ({ hook_event_name: 'StopFailure', ...fields });

interface Row {
  readonly fact: string;
  readonly stored?: StoredMachine;
  readonly args: readonly string[];
  readonly env?: Record<string, string>;
  readonly input: object | string;
  /** What the reason or message says; absent: no answer. */
  readonly says?: RegExp;
}

const rows: readonly Row[] = [
  {
    fact: 'asks Claude Code to wait at the parallel limit',
    stored: full,
    args: ['claude-code'],
    env: KIMI,
    input: step('Task'),
    says: /^Kimi: All parallel slots are in use\. .+ Continue without more sub-agents/,
  },
  {
    fact: 'asks Kimi Code to wait with a used-up quota, and names the reset',
    stored: spent,
    args: ['kimi-code'],
    input: step('Agent'),
    says: /^Kimi: Wait until .+5-hour quota.+ Wait until then, or continue without sub-agents\.$/,
  },
  {
    fact: 'asks for a smaller swarm',
    stored: free,
    args: ['kimi-code'],
    input: swarm(9),
    says: /Room for 8 more parallel requests/,
  },
  { fact: 'lets a swarm that fits start', stored: free, args: ['kimi-code'], input: swarm(8) },
  { fact: 'lets other tools run', stored: full, args: ['kimi-code'], input: step('Bash') },
  {
    fact: 'is silent for Claude Code with another provider',
    stored: full,
    args: ['claude-code'],
    input: step('Task'),
  },
  { fact: 'is silent without an archive', args: ['kimi-code'], input: step('Agent') },
  { fact: 'is silent for a broken event', stored: full, args: ['kimi-code'], input: '{"hook' },
  { fact: 'is silent for no event', stored: full, args: ['kimi-code'], input: '' },
  {
    fact: 'is silent for an event that it does not know',
    stored: full,
    args: ['kimi-code'],
    input: { hook_event_name: 'Tomorrow' },
  },
  {
    fact: 'stops a step below the limit of the guard',
    stored: low,
    args: ['kimi-code', '--stop-below', '10'],
    input: step('Bash'),
    says: /^Kimi: stopped by your guard\. Monthly quota: 5% left, your limit is 10%\./,
  },
  {
    fact: 'has the guard of the editor’s settings',
    stored: { ...low, guard: { stopBelowPercent: 10 } },
    args: ['kimi-code'],
    input: step('Bash'),
    says: /^Kimi: stopped by your guard\. Monthly quota: 5% left, your limit is 10%\./,
  },
  {
    fact: 'has a guard of the command line in place of the editor’s',
    stored: { ...low, guard: { stopBelowPercent: 10 } },
    args: ['kimi-code', '--stop-below', '3'],
    input: step('Bash'),
  },
  {
    fact: 'lets a step run above the limit of the editor’s settings',
    stored: { ...low, guard: { stopBelowPercent: 5 } },
    args: ['kimi-code'],
    input: step('Bash'),
  },
  {
    fact: 'blocks a prompt of Claude Code below the limit',
    stored: { ...low, guard: { stopBelowPercent: 10 } },
    args: ['claude-code'],
    env: KIMI,
    input: { hook_event_name: 'UserPromptSubmit' },
    says: /^Kimi: stopped by your guard\./,
  },
  { fact: 'has no guard by default', stored: low, args: ['kimi-code'], input: step('Bash') },
  {
    fact: 'stops a runaway',
    stored: runaway,
    args: ['kimi-code', '--stop-runaway'],
    input: { hook_event_name: 'UserPromptSubmit' },
    says: /40 requests failed, and retrying cannot succeed/,
  },
  {
    fact: 'names the cause of a failure of Kimi Code',
    args: ['kimi-code'],
    input: failure({
      error_type: 'APIProviderRateLimitError',
      error_message:
        "429 You've reached your concurrent request limit. Please wait for your ongoing requests to finish and try again.",
    }),
    says: /^Kimi: .*parallel/,
  },
  {
    fact: 'reads the last message of Claude Code, and names the reset of the quota',
    stored: spent,
    args: ['claude-code'],
    env: KIMI,
    input: failure({
      error: 'authentication_failed',
      last_assistant_message:
        "Failed to authenticate. API Error: 403 You've reached your 5-hour usage limit. Your quota will reset when the current 5-hour window ends.",
    }),
    says: /^Kimi: 5-hour quota used up\. Resets in .+, .+\.$/,
  },
  {
    fact: 'is silent for a failure of another provider',
    args: ['claude-code'],
    input: failure({ error: 'unknown', error_details: 'socket' }),
  },
];

describe('cli: hook', () => {
  before(async () => void (await buildCli()));

  for (const { fact, stored, args, env = {}, input, says } of rows)
    it(fact, async () => {
      const machine = await createMachineHome(stored);
      const text = typeof input === 'string' ? input : JSON.stringify(input);
      const call = { input: text };
      const run = await runCli(
        ['hook', ...args],
        { ...machine.env, ...env, KIMI_QUOTA_HOOK_MS: '20000' },
        call,
      );
      await machine.dispose();
      assert.deepEqual([run.code, run.stderr], [0, '']);
      if (!says) return assert.equal(run.stdout, '');
      const answer = JSON.parse(run.stdout) as Record<string, unknown>;
      const { permissionDecisionReason, permissionDecision } = (answer['hookSpecificOutput'] ??
        {}) as Record<string, unknown>;
      if (answer['hookSpecificOutput']) assert.equal(permissionDecision, 'deny');
      const said =
        permissionDecisionReason ??
        answer['message'] ??
        answer['systemMessage'] ??
        answer['reason'];
      assert.match(String(said), says);
    });

  it('never vetoes a step by wrong usage', async () => {
    for (const args of [['hook', 'emacs'], ['hook', 'kimi-code', '--nothing'], ['hook']]) {
      const { code, stdout } = await runCli(args, {}, { input: JSON.stringify(step('Bash')) });
      assert.deepEqual([code, stdout], [1, '']);
    }
  });
});
