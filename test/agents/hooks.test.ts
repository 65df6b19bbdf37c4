// `npm run test:agents`: real agents with the mock as their model, configured by `kimi-quota setup`.
// Not part of `npm test`: it needs the npm registry and a minute.
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startLeashed } from '../editor/leash.mjs';
import { root } from '../editor/paths.ts';
import { runCommand } from '../editor/program.ts';
import { type KimiService, startKimiService } from '../support/kimiService/kimiService.ts';
import { storeMachine } from '../support/machineHome.ts';
import { HOUR_MS } from '../support/quotaViews.ts';
import { AGENT_RUNS, type AgentRun, configure } from './agentRuns.ts';
import { install } from './install.ts';

/** What an agent needs besides its configuration. */
interface Subject {
  readonly id: 'claude-code' | 'kimi-code';
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Starts one sub-agent. */
  readonly subagent: object;
}

const HELLO = 'Hello from the sub-agent';

const SUBJECTS: readonly Subject[] = [
  {
    id: 'claude-code',
    args: ['--allowedTools', 'mcp__kimi-quota__get_quota,Agent,Bash'],
    // With it, the model has to look for the tools of a server before it can call them.
    env: { ENABLE_TOOL_SEARCH: 'false' },
    subagent: { description: 'Say hello', prompt: HELLO, subagent_type: 'general-purpose' },
  },
  {
    id: 'kimi-code',
    args: [],
    env: {},
    subagent: { description: 'Say hello', prompt: HELLO },
  },
];

/** An event of a hook, and the answer of `kimi-quota hook`; empty where the agent has ended it. */
interface Hooked {
  readonly event: Readonly<Record<string, unknown>>;
  readonly answer: string;
}

/** A home in which the agent and `kimi-quota` are set up, with a mock of Kimi. */
interface Bench {
  readonly kimi: KimiService;
  /** Runs the agent with one prompt, and resolves to what it prints. */
  run(): Promise<string>;
  /** What was asked of the hook so far. */
  hooked(): readonly Hooked[];
  dispose(): Promise<void>;
}

const program = path.join(root, 'dist/cli/kimi-quota.cjs');

/** A `kimi-quota` on the path that keeps what the hook reads and writes. */
const spy = (folder: string): string => `#!/bin/sh
if [ "$1" = hook ]; then
  n=$(date +%s%N)
  cat > "${folder}/$n.event"
  "${process.execPath}" "${program}" "$@" < "${folder}/$n.event" | tee "${folder}/$n.answer"
else
  exec "${process.execPath}" "${program}" "$@"
fi
`;

async function storeSpentQuota(home: string, { url: origin }: KimiService): Promise<void> {
  const folder = path.join(home, '.local/share/kimi-quota');
  mkdirSync(folder, { recursive: true });
  const windows = [{ id: '5h', usedPercent: 100, resetsAt: Date.now() + HOUR_MS }];
  await storeMachine(path.join(folder, 'kimi-quota.db'), { origin, windows, inFlight: 0 });
}

function hookedIn(folder: string): Hooked[] {
  const read = (name: string): string => {
    const file = path.join(folder, name);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  };
  const names = readdirSync(folder).filter(name => name.endsWith('.event'));
  return names.sort().map(name => ({
    event: JSON.parse(read(name)) as Hooked['event'],
    answer: read(name.replace('.event', '.answer')),
  }));
}

async function createBench(subject: Subject, run: AgentRun, bin: string): Promise<Bench> {
  const folder = mkdtempSync(path.join(tmpdir(), 'kimi-quota-hooks-'));
  const names = ['home', 'project', 'tmp', 'bin', 'hooked'] as const;
  const [home, project, tmp, binFolder, hookFolder] = names.map(name => path.join(folder, name));
  for (const name of names) mkdirSync(path.join(folder, name));
  writeFileSync(path.join(binFolder!, 'kimi-quota'), spy(hookFolder!), { mode: 0o755 });
  const kimi = await startKimiService();
  const place = { home: home!, project: project!, url: kimi.url, key: kimi.key };
  configure(run, place);
  await storeSpentQuota(home!, kimi);
  const env = {
    PATH: `${binFolder!}${path.delimiter}${process.env['PATH'] ?? ''}`,
    HOME: home!,
    TMPDIR: tmp!,
    LANG: 'en_US.UTF-8',
    TERM: 'dumb',
    CI: '1',
    NO_PROXY: '127.0.0.1',
    ...run.env?.(place),
    ...subject.env,
  };
  const start = async (command: readonly string[]): Promise<string> => {
    let output = '';
    const onOutput = (chunk: Buffer): void => void (output += String(chunk));
    await startLeashed(command, { env, cwd: project!, graceMs: 2000, onOutput }).exited;
    return output;
  };
  await start([process.execPath, program, 'setup', subject.id, '--yes']);
  return {
    kimi,
    run: () => start([bin, ...run.args('Say hello.', place), ...subject.args]),
    hooked: () => hookedIn(hookFolder!),
    dispose: async () => {
      await kimi.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** The end of the last conversation: its start is the same in each. */
const endOf = ({ prompts }: KimiService): string => prompts.at(-1)?.slice(-1000) ?? '';

for (const subject of SUBJECTS)
  describe(`agents: ${subject.id}, set up by kimi-quota setup`, () => {
    const run = AGENT_RUNS.find(({ id }) => id === subject.id)!;
    let bin: string;
    let bench: Bench;
    before(async () => {
      assert.equal(await runCommand([process.execPath, path.join(root, 'esbuild.mjs')]), 0);
      const isOffline = process.env['KIMI_QUOTA_AGENTS_OFFLINE'] !== undefined;
      const installed = await install(run, { isOffline });
      bin = installed.bin;
      console.log(`      ${run.package} ${installed.version}`);
    });
    beforeEach(async () => void (bench = await createBench(subject, run, bin)));
    afterEach(() => bench.dispose());

    it('calls a tool of kimi-quota mcp, and gives its result to the model', async () => {
      const { kimi } = bench;
      // The server connects while the first request is on its way.
      const wait = { tool: 'Bash', input: { command: 'sleep 4', description: 'Wait' } };
      kimi.behaviour.toolCalls.push(wait, { tool: 'get_quota', input: {} });
      const output = await bench.run();
      assert.deepEqual(kimi.behaviour.toolCalls, [], output);
      assert.match(endOf(kimi), /\\"accounts\\":\[\{.+\\"remainingPercent\\":0/);
    });

    it('starts no sub-agent while the quota is used up, and gives the reason to the model', async () => {
      const { kimi } = bench;
      kimi.behaviour.toolCalls.push({ tool: 'Agent', input: subject.subagent });
      const output = await bench.run();
      assert.deepEqual(kimi.behaviour.toolCalls, [], output);
      const [before] = bench.hooked();
      assert.equal(before?.event['hook_event_name'], 'PreToolUse');
      assert.match(before.answer, /"permissionDecision":"deny"/);
      assert.match(endOf(kimi), /Kimi: .+5-hour quota.+, or continue without sub-agents/);
      const others = kimi.prompts.slice(0, -1).filter(prompt => prompt.includes(HELLO));
      assert.equal(others.length, 0, 'A sub-agent has sent a request.');
    });

    it('reports a failure with its text to the hook', async () => {
      const { kimi } = bench;
      kimi.behaviour.failures.push(...Array(50).fill('fiveHour'));
      const output = await bench.run();
      const { event } = bench
        .hooked()
        .find(each => each.event['hook_event_name'] === 'StopFailure')!;
      assert.match(JSON.stringify(event), /reached your 5-hour usage limit/, output);
    });
  });
