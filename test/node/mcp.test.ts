import assert from 'node:assert/strict';
import {
  ErrorCode,
  LATEST_PROTOCOL_VERSION,
  ListResourcesResultSchema,
  type Progress,
} from '@modelcontextprotocol/sdk/types.js';
import { buildCli, runCli } from '../support/cliProcess.ts';
import { incidentOf } from '../support/incidents.ts';
import { KIMI_CODE_KEY } from '../support/kimiService/keys.ts';
import { startKimiService } from '../support/kimiService/kimiService.ts';
import { createMachineHome, type StoredMachine } from '../support/machineHome.ts';
import { call, type Client, connect } from '../support/mcpClient.ts';
import { HOUR_MS } from '../support/quotaViews.ts';

async function withClient(
  stored: StoredMachine | undefined,
  use: (client: Client) => Promise<void>,
  more: Record<string, string> = {},
): Promise<void> {
  const machine = await createMachineHome(stored);
  const client = await connect([await buildCli(), 'mcp'], { ...machine.env, ...more });
  try {
    await use(client);
  } finally {
    await client.close();
    await machine.dispose();
  }
}

const free: StoredMachine = {
  windows: [
    { id: '5h', usedPercent: 10, resetsAt: Date.now() + HOUR_MS },
    { id: 'week', usedPercent: 20, resetsAt: Date.now() + 90 * HOUR_MS },
  ],
  more: { parallelLimit: 10 },
  inFlight: 4,
};
const spent: StoredMachine = {
  windows: [{ id: '5h', usedPercent: 100, resetsAt: Date.now() + HOUR_MS }],
  inFlight: 0,
};

describe('mcp', () => {
  before(async () => void (await buildCli()));

  it('lists read-only tools, each with a schema of its input', () =>
    withClient(undefined, async client => {
      const { tools } = await client.listTools();
      assert.deepEqual(
        tools.map(({ name }) => name),
        [
          'get_quota',
          'is_it_safe_to_start',
          'explain_error',
          'what_failed',
          'where_it_went',
          'wait_until_open',
        ],
      );
      for (const { annotations, description = '', inputSchema } of tools) {
        assert.equal(annotations?.readOnlyHint, true);
        assert.ok(description.length > 50);
        assert.equal(inputSchema.additionalProperties, false);
      }
    }));

  it('get_quota reports what a window has stored, without a request', () =>
    withClient(free, async client => {
      const answer = (await call(client, 'get_quota')) as {
        accounts: { state: string; ageMs: number; windows: unknown[] }[];
        inFlight: number;
      };
      const [account] = answer.accounts;
      assert.deepEqual([account?.state, account?.windows.length, answer.inFlight], ['ok', 2, 4]);
      assert.ok(account!.ageMs >= 0);
    }));

  it('get_quota asks Kimi with the key of the environment', async () => {
    const kimi = await startKimiService();
    const env = { KIMI_API_KEY: KIMI_CODE_KEY, KIMI_CODE_BASE_URL: kimi.baseUrl };
    await withClient(
      undefined,
      async client => {
        for (let count = 0; count < 3; count++) {
          const answer = (await call(client, 'get_quota')) as { accounts: { state: string }[] };
          assert.deepEqual(
            answer.accounts.map(({ state }) => state),
            ['ok'],
          );
          assert.ok(!JSON.stringify(answer).includes(KIMI_CODE_KEY.slice(-12)));
        }
        assert.equal(kimi.requests.length, 1);
      },
      env,
    );
    await kimi.close();
  });

  const starts: [stored: StoredMachine | undefined, agents: number, expected: object][] = [
    [free, 6, { advice: 'go', reason: 'room', agents: 6, fits: true }],
    [free, 7, { advice: 'go', reason: 'room', agents: 6, fits: false }],
    [{ ...free, inFlight: 10 }, 1, { advice: 'wait', reason: 'concurrency' }],
    [spent, 1, { advice: 'wait', reason: 'spent' }],
    [undefined, 1, { advice: 'unknown' }],
  ];
  for (const [stored, agents, expected] of starts)
    it(`is_it_safe_to_start answers ${JSON.stringify(expected)} for ${agents} agents`, () =>
      withClient(stored, async client => {
        const answer = (await call(client, 'is_it_safe_to_start', { agents })) as object;
        assert.deepEqual({ ...answer, ...expected }, answer);
      }));

  it('explain_error names category, cause and steps, and repeats no secret', () =>
    withClient(undefined, async client => {
      const text = `401 Invalid Authentication for ${KIMI_CODE_KEY}`;
      const answer = (await call(client, 'explain_error', { text })) as Record<string, unknown>;
      assert.equal(answer['category'], 'auth');
      assert.ok(Array.isArray(answer['steps']) && answer['steps'].length > 0);
      assert.ok(!JSON.stringify(answer).includes(KIMI_CODE_KEY.slice(-12)));
    }));

  it('what_failed reports incidents without their error text', () => {
    const now = Date.now();
    const at = { from: now - 60_000, to: now };
    const incidents = [
      incidentOf('i-1', { ...at, state: 'running' }),
      incidentOf('i-2', { ...at, state: 'recovered' }),
    ];
    return withClient({ ...free, incidents }, async client => {
      const all = (await call(client, 'what_failed')) as { incidents: unknown[] };
      const open = (await call(client, 'what_failed', { open: true })) as { incidents: unknown[] };
      assert.deepEqual([all.incidents.length, open.incidents.length], [2, 1]);
    });
  });

  it('where_it_went reports tokens by agent, never by project or session', () =>
    withClient(free, async client => {
      const answer = (await call(client, 'where_it_went')) as { by: string; groups: unknown[] };
      assert.deepEqual([answer.by, answer.groups], ['agent', []]);
      assert.deepEqual(await call(client, 'where_it_went', { by: 'project' }), { isError: true });
    }));

  it('rejects other input', () =>
    withClient(undefined, async client => {
      assert.deepEqual(await call(client, 'explain_error', { text: '' }), { isError: true });
      assert.deepEqual(await call(client, 'get_quota', { account: 'x' }), { isError: true });
    }));

  it('wait_until_open ends when requests pass', () =>
    withClient(free, async client => {
      const answer = (await call(client, 'wait_until_open')) as { end: string };
      assert.equal(answer.end, 'open');
    }));

  it('wait_until_open reports progress, and ends when it is cancelled', () =>
    withClient(spent, async client => {
      const cancelling = new AbortController();
      const seen: Progress[] = [];
      const params = { name: 'wait_until_open', arguments: {} };
      const waiting = client.callTool(params, undefined, {
        signal: cancelling.signal,
        onprogress: progress => {
          seen.push(progress);
          cancelling.abort('enough');
        },
      });
      await assert.rejects(waiting, /enough/);
      assert.match(seen[0]?.message ?? '', /^5-hour quota used up\. .+ left/);
      // The server still answers.
      assert.ok(await call(client, 'get_quota'));
    }));

  it('refuses an unknown tool and an unknown method, and answers a ping', () =>
    withClient(undefined, async client => {
      assert.deepEqual(await call(client, 'delete_everything'), { isError: true });
      const unknown = client.request({ method: 'resources/list' }, ListResourcesResultSchema);
      await assert.rejects(unknown, { code: ErrorCode.MethodNotFound });
      assert.deepEqual(await client.ping(), {});
    }));
});

describe('mcp: the lines of the protocol', () => {
  /** Writes these lines, closes the input, and resolves to the answers and the exit code. */
  async function talk(lines: readonly string[], stored?: StoredMachine) {
    const machine = await createMachineHome(stored);
    try {
      const input = lines.map(line => `${line}\n`).join('');
      const { code, stdout, stderr } = await runCli(['mcp'], machine.env, { input });
      const answers = stdout
        .split('\n')
        .filter(line => line !== '')
        .map(line => JSON.parse(line) as { id: number; result?: Record<string, unknown> });
      return { code, stderr, answers };
    } finally {
      await machine.dispose();
    }
  }
  const message = (id: number, method: string, params: object): string =>
    JSON.stringify({ jsonrpc: '2.0', id, method, params });
  const hello = (protocolVersion: string): string =>
    message(1, 'initialize', {
      protocolVersion,
      capabilities: {},
      clientInfo: { name: 'test', version: '1' },
    });
  before(async () => void (await buildCli()));

  it('ends with 0 when the input is closed', async () => {
    assert.deepEqual(await talk([]), { code: 0, stderr: '', answers: [] });
  });

  it('ends with 0 when the input is closed during a wait', async () => {
    const wait = message(2, 'tools/call', { name: 'wait_until_open', arguments: {} });
    const { code } = await talk([hello(LATEST_PROTOCOL_VERSION), wait], spent);
    assert.equal(code, 0);
  });

  for (const [asked, agreed] of [
    ['2024-11-05', '2024-11-05'],
    [LATEST_PROTOCOL_VERSION, LATEST_PROTOCOL_VERSION],
    ['1999-01-01', LATEST_PROTOCOL_VERSION],
  ] as const)
    it(`agrees on ${agreed} with a client of ${asked}`, async () => {
      const { answers } = await talk([hello(asked)]);
      assert.equal(answers[0]?.result?.['protocolVersion'], agreed);
    });

  it('survives a line that is no message', async () => {
    const lines = ['{"jsonrpc":', 'hello', hello(LATEST_PROTOCOL_VERSION)];
    const { answers, code } = await talk(lines);
    assert.deepEqual([answers.map(({ id }) => id), code], [[1], 0]);
  });
});
