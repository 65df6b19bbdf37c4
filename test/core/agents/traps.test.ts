import assert from 'node:assert/strict';
import fc from 'fast-check';
import { agents } from '../../../src/core/agents/agents.ts';
import { attribute } from '../../../src/core/agents/attribution.ts';
import { claudeCode } from '../../../src/core/agents/claudeCode/claudeCode.ts';
import { kimiCode } from '../../../src/core/agents/kimiCode.ts';
import type { RequestFailed } from '../../../src/core/agents/signal.ts';
import { failed, fixtureLines, readAs } from '../../support/agentLogs.ts';

const SESSION = '/h/.kimi-code/sessions/wd_a_0/session_1';
const WIRE = [kimiCode, `${SESSION}/agents/main/wire.jsonl`] as const;
const LOG = [kimiCode, `${SESSION}/logs/kimi-code.log`] as const;
const TRANSCRIPT = [claudeCode, '/h/.claude/projects/-a/s1.jsonl'] as const;
const DEBUG = [claudeCode, '/h/.claude/debug/s1.txt'] as const;

const TIME = '2026-11-21T21:47:56.568Z';
const kimiFailure = (message: string, status: number) =>
  `${TIME} WARN  llm request failed  turnStep=0.1 model=mine/x errorName=E errorMessage=${JSON.stringify(message)} statusCode=${status}`;
const toolResult = (output: string): string[] => [
  `{"type":"context.append_loop_event","agentId":"main","event":{"type":"tool.result","result":{"output":${JSON.stringify(output)}}},"time":1795297669344}`,
  `{"type":"user","timestamp":"${TIME}","sessionId":"s1","message":{"content":[{"type":"tool_result","content":${JSON.stringify(output)}}]},"toolUseResult":{"stdout":${JSON.stringify(output)}}}`,
];
const SIGNATURE =
  '{"type":"system","subtype":"api_error","error":{"status":429,"message":"request reached organization max RPM: 3 rate_limit_reached_error"}}';

describe('traps of docs/agents.md 4: no failure', () => {
  const cases: [trap: string, lines: readonly string[]][] = [
    ['1, error texts in prompts, files, answers', fixtureLines('kimi-code/mention.wire.jsonl')],
    [
      '2, an error as text without the flag',
      [
        `{"type":"assistant","timestamp":"${TIME}","sessionId":"s1","message":{"id":"m","content":[{"type":"text","text":"API Error: Request rejected (429) · isApiErrorMessage\\":true"}]}}`,
      ],
    ],
    [
      '4, ids that contain 429',
      toolResult('call_2eyo0b0ycs429quvuzdehe claude-sonnet-4-5-20250929'),
    ],
    [
      '5, numbers',
      [...toolResult('Content-Length: 429, in 429ms'), `${TIME} INFO  llm response  ttftMs=429`],
    ],
    [
      '6, successful responses that look like limits',
      [
        ...toolResult(
          '{"usage":{"limit":"100","remaining":"16","resetTime":"2026-11-21T21:47:56Z"}}',
        ),
        `{"type":"system","subtype":"rate_limits","timestamp":"${TIME}","rateLimits":{"limit":429}}`,
      ],
    ],
    [
      '9, an application under test',
      toolResult('{"statusCode":429,"message":"ThrottlerException: Too Many Requests"}'),
    ],
    [
      '10, a test file with full signatures',
      toolResult(
        `${SIGNATURE}\n${kimiFailure('429 x', 429)}\n${TIME} [ERROR] API error (attempt 1/11): 429 x`,
      ),
    ],
  ];
  for (const [trap, lines] of cases)
    it(trap, () => {
      for (const [agent, path] of [WIRE, LOG, TRANSCRIPT, DEBUG])
        assert.deepEqual(readAs(agent, path, lines), []);
    });
});

describe('traps of docs/agents.md 4: error texts', () => {
  const read = (message: string, status: number): RequestFailed =>
    failed(readAs(...LOG, [kimiFailure(message, status)]))[0]!;
  const provider = (failure: RequestFailed) => attribute(failure).provider;

  it('3, a request body in an error record is not read', () => {
    const record = `{"type":"system","subtype":"api_error","timestamp":"${TIME}","sessionId":"s1","uuid":"u","error":{"status":429,"message":"429 Slow","requestBodyValues":{"messages":"secret talk"}}}`;
    const [failure] = failed(readAs(...TRANSCRIPT, [record]));
    assert.equal(failure?.text, 'Slow');
    assert.ok(!JSON.stringify(failure).includes('secret talk'));
  });

  it('11, a genuine body from a reseller belongs to the reseller', () => {
    const body =
      '429 {"error":{"message":"Provider returned error","code":429,"metadata":{"raw":"{\\"error\\":{\\"message\\":\\"Your account org-1a2b <ak-1a2b> is suspended due to insufficient balance\\"}}"}}}';
    assert.equal(provider(read(body, 429)), 'other');
  });

  it('12, a quota 403 labeled as an authentication failure keeps its error text', () => {
    const line = fixtureLines('claude-code/finals.jsonl').find(text => text.includes('5-hour'))!;
    const [failure] = failed(readAs(...TRANSCRIPT, [line]));
    assert.match(failure?.text ?? '', /^You've reached your 5-hour usage limit/);
    assert.equal(failure?.errorType, 'permission_error');
  });

  it('13, the label "rate_limit" does not replace the error text', () => {
    const line = fixtureLines('claude-code/screen.jsonl').at(-1)!;
    assert.match(failed(readAs(...TRANSCRIPT, [line]))[0]!.text, /insufficient balance/);
  });

  it('14, a 502 that wraps a 429 keeps the inner error text', () => {
    const failure = read('模型请求失败（502）：request reached organization max RPM: 3', 502);
    assert.match(failure.text, /max RPM: 3/);
    assert.equal(provider(failure), 'open-platform');
  });

  it('15, a 500 that mentions limits keeps its status', () => {
    const failure = read('500 internal: failed to evaluate rate limit script: i/o timeout', 500);
    assert.equal(failure.status, 500);
  });

  it('17, an error text with line breaks is still recognized', () => {
    const text =
      '403 You’ve reached your 5-hour usage limit. Your\n  quota will reset when the current';
    assert.equal(provider(read(text, 403)), 'kimi-code');
  });

  it('18, a truncated value is read up to its end', () => {
    const failure = read(`429 ${'word '.repeat(408)}…`, 429);
    assert.equal(failure.text.length, 2041);
  });

  it('a bare 429 is unknown', () =>
    assert.equal(provider(read('429 Too Many Requests', 429)), 'unknown'));
});

describe('agents: any line of any log', () => {
  const lines = [
    ...['failures.log', 'gave-up.wire.jsonl'].flatMap(name => fixtureLines(`kimi-code/${name}`)),
    ...['print.jsonl', 'finals.jsonl', 'debug.txt'].flatMap(name =>
      fixtureLines(`claude-code/${name}`),
    ),
    ...['kimi-cli/1.49.log', 'continue/verbose.log', 'crush/crush.log', 'goose/cli.log'].flatMap(
      fixtureLines,
    ),
    ...fixtureLines('aider/history.md'),
  ];
  const broken = fc
    .record({ line: fc.constantFrom(...lines), at: fc.nat(), length: fc.nat(40), put: fc.string() })
    .map(({ line, at, length, put }) => {
      const from = at % line.length;
      return line.slice(0, from) + put + line.slice(from + length);
    });

  /** The ids for a ticket have a separate field (`supportIds.test.ts`). */
  const withoutSupport = (name: string, value: unknown) => (name === 'support' ? undefined : value);

  it('is read without an exception, and no key leaves', () => {
    const everywhere = {
      home: '/h',
      tmp: '/t',
      platform: 'linux',
      env: {},
      workspaces: ['/w'],
      otherLogs: ['/o/*.log', '/o/*.json'],
    } as const;
    const readers = agents.flatMap(agent =>
      agent.sources(everywhere).map(({ format }) => ({
        agent,
        file: { relativePath: 'a/s/agents/main/wire.jsonl', format },
      })),
    );
    fc.assert(
      fc.property(fc.array(broken, { maxLength: 4 }), texts => {
        for (const { agent, file } of readers) {
          const reader = agent.createReader(file, 'no memory');
          const signals = texts.flatMap(text =>
            reader.read({ text, byteOffset: 0, isWhole: false }, 1.8e12),
          );
          assert.ok(!/org-[0-9a-f]{12}/.test(JSON.stringify(signals, withoutSupport)));
          assert.ok((reader.saveMemory() ?? '').length < 16 * 1024);
        }
      }),
      { numRuns: 500 },
    );
  });
});
