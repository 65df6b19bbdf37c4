import assert from 'node:assert/strict';
import { attribute } from '../../../src/core/agents/attribution.ts';
import { claudeCode } from '../../../src/core/agents/claudeCode/claudeCode.ts';
import { toFailure } from '../../../src/core/agents/claudeCode/record.ts';
import { FailureJoiner } from '../../../src/core/agents/failureJoiner.ts';
import { failed, fixtureLines, readAs } from '../../support/agentLogs.ts';

const PROJECT = '/h/.claude/projects/-home-dev-demo';
const readMain = (...lines: string[]) => readAs(claudeCode, `${PROJECT}/s1.jsonl`, lines);
const readDebug = (session: string, lines: readonly string[]) =>
  readAs(claudeCode, `/h/.claude/debug/${session}.txt`, lines);

type Case = [text: string, status: number | undefined, type: string | undefined, provider: string];

function assertSaid(line: string, [text, status, errorType, provider]: Case): void {
  const [failure, ...others] = failed(readMain(line));
  assert.ok(failure && others.length === 0);
  assert.deepEqual(
    [failure.text, failure.status, failure.errorType, attribute(failure).provider],
    [text, status, errorType, provider],
  );
}

const MODEL_404 =
  "There's an issue with the selected model (kimi-for-coding). It may not exist or you may not have access to it. Run --model to pick a different model.";
const RPM =
  'Your account org-…<ak-…bcd1> request reached organization max RPM: 3, please try again after 1 seconds';

describe('claudeCode: the type of an Anthropic route', () => {
  const text =
    "We're receiving too many requests at the moment. Please wait a moment and try again.";
  for (const [errorType, product] of [
    ['rate_limit_error', 'kimi-code'],
    ['rate_limit_reached_error', 'open-platform'],
    [undefined, 'kimi-code'],
  ] as const)
    it(`${errorType}: ${product}`, () =>
      assert.equal(toFailure({ text, status: 429, errorType }, false).evidence.product, product));
});

describe('claudeCode: api_error', () => {
  const cases: Case[] = [
    [
      'Your account org-…<ak-…bcd1> request reached organization max concurrency: 3, please try again after 1 seconds',
      429,
      'rate_limit_error',
      'kimi-code',
    ],
    [RPM, 429, 'rate_limit_reached_error', 'open-platform'],
    [
      'The engine is currently overloaded, please try again later',
      429,
      'rate_limit_error',
      'kimi-code',
    ],
    ['Invalid Authentication', 401, 'authentication_error', 'unknown'],
    ['Bad Gateway', 502, undefined, 'unknown'],
    ['Connection dropped (ECONNRESET)', undefined, undefined, 'unknown'],
    [
      "This request would exceed your account's rate limit. Please try again later.",
      429,
      'rate_limit_error',
      'other',
    ],
    [
      "You've reached kimi monthly usage limit for this billing cycle. Your quota will be refreshed in the next cycle. Upgrade to get more: https://www.kimi.com/code/console?from=quota-upgrade",
      429,
      'rate_limit_error',
      'kimi-code',
    ],
  ];
  const lines = fixtureLines('claude-code/api-errors.jsonl');
  for (const [index, expected] of cases.entries())
    it(`${expected[1] ?? 'no status'}, ${expected[3]}: ${expected[0].slice(0, 60)}`, () =>
      assertSaid(lines[index]!, expected));
});

describe('claudeCode: final records', () => {
  const cases: Case[] = [
    [
      "We're receiving too many requests at the moment. Please wait a moment and try again.",
      429,
      'rate_limit_error',
      'kimi-code',
    ],
    [
      "You've reached your weekly (7-day) usage limit. Your quota will reset when the current 7-day window ends. To continue now, purchase extra usage or upgrade your plan: https://www.kimi.com/membership/subscription?tab=quota",
      403,
      'permission_error',
      'kimi-code',
    ],
    [
      "You've reached your 5-hour usage limit. Your quota will reset when the current 5-hour window ends. To continue now, purchase extra usage or upgrade your plan: https://www.kimi.com/membership/subscription?tab=quota",
      403,
      'permission_error',
      'kimi-code',
    ],
    [
      'Kimi For Coding is currently only available for Coding Agents such as Kimi CLI, Claude Code, Roo Code, Kilo Code, etc.',
      403,
      'permission_error',
      'kimi-code',
    ],
    [MODEL_404, 404, 'not_found_error', 'unknown'],
    [
      'Invalid request: Your request exceeded model token limit: 262144 (requested: 269030)',
      400,
      'invalid_request_error',
      'open-platform',
    ],
    ['Connection dropped (ECONNRESET)', undefined, undefined, 'unknown'],
  ];
  const lines = fixtureLines('claude-code/finals.jsonl');
  for (const [index, expected] of cases.entries())
    it(`${expected[1] ?? 'no status'}, ${expected[3]}: ${expected[0].slice(0, 60)}`, () =>
      assertSaid(lines[index]!, expected));
});

describe('claudeCode: a failed attempt counts once', () => {
  it('in print mode api_error has the error text, and the repeated request adds nothing', () => {
    const signals = readMain(...fixtureLines('claude-code/print.jsonl'));
    assert.deepEqual(
      failed(signals).map(({ status, retryAfterMs, request }) => [
        status,
        retryAfterMs,
        request?.slice(0, 8),
      ]),
      [[429, 571, '689508a2']],
    );
    assert.deepEqual(
      signals.map(({ kind }) => kind),
      [
        ...['requestStarted', 'requestEnded', 'requestStarted', 'requestFailed'],
        ...['requestStarted', 'requestEnded', 'requestStarted', 'requestEnded'],
      ],
    );
    assert.deepEqual(
      signals.flatMap(signal => (signal.kind === 'requestEnded' ? [signal.outputTokens] : [])),
      [25, 27, 28],
    );
  });

  it('in interactive mode only the last attempt has an error text, earlier ones only a time', () => {
    const failures = failed(readMain(...fixtureLines('claude-code/screen.jsonl')));
    assert.deepEqual(
      failures.map(({ text, isFinal, notAfter }) => [text !== '', isFinal, notAfter !== undefined]),
      [
        [false, undefined, true],
        [false, undefined, true],
        [true, true, false],
      ],
    );
  });

  it('a sub-agent only has the repeated request', () => {
    const path = `${PROJECT}/s1/subagents/agent-a1c3.jsonl`;
    const signals = readAs(claudeCode, path, fixtureLines('claude-code/subagent.jsonl'));
    const failures = failed(signals);
    assert.deepEqual([failures.length, failures[0]?.text], [3, '']);
    assert.equal(failures[0]?.at, Date.parse('2026-11-21T22:15:48.005Z'));
    assert.equal(failures[0]?.notAfter, Date.parse('2026-11-21T22:15:48.790Z'));
    assert.equal(failures[0]?.subagent, 'a1c3d8876cc467a32');
  });

  it('the debug log adds the error text to failures of the transcript, in either order', () => {
    const main = readMain(...fixtureLines('claude-code/debugged.jsonl'));
    const debug = readDebug(main[0]!.session, fixtureLines('claude-code/debug.txt'));
    assert.equal(failed(debug).length, 0);
    for (const order of [
      [main, debug],
      [debug, main],
    ]) {
      const joiner = new FailureJoiner();
      const all = new Map(
        order.flatMap(signals => joiner.join(signals)).map(one => [one.contentKey, one]),
      );
      assert.equal(all.size, 3);
      for (const failure of all.values()) {
        assert.match(failure.text, /^We're receiving too many requests/);
        assert.equal(attribute(failure).provider, 'kimi-code');
      }
    }
  });

  it('repeated records have the same keys', () => {
    const lines = fixtureLines('claude-code/screen.jsonl');
    const keys = (signals: ReturnType<typeof readMain>) => signals.map(one => one.contentKey);
    assert.deepEqual(keys(readMain(...lines)), keys(readMain(...lines)));
    assert.equal(new Set(keys(readMain(...lines))).size, readMain(...lines).length);
  });

  it('a final record after the api_error of the same attempt only marks it as the last', () => {
    const lines = fixtureLines('claude-code/print.jsonl');
    const place = lines.findIndex(line => line.includes('"api_error"'));
    const [request, error] = lines.slice(place - 1, place + 1);
    const final = fixtureLines('claude-code/finals.jsonl')[0]!;
    const signals = readMain(request!, error!, final);
    assert.equal(failed(signals).length, 1);
    assert.ok(signals.at(-1)?.kind === 'requestEnded');
  });

  it('a request that another one of the same thread replaces is canceled, not failed', () => {
    const [first, second] = fixtureLines('claude-code/print.jsonl').filter(line =>
      line.includes('"api-request"'),
    );
    const signals = readMain(first!, second!);
    assert.deepEqual(
      signals.map(({ kind }) => kind),
      ['requestStarted', 'requestEnded', 'requestStarted'],
    );
  });
});

describe('claudeCode: not a failure', () => {
  const at = '"timestamp":"2026-11-21T21:47:56.568Z","sessionId":"s1","uuid":"u"';
  const message = (role: string, text: string) =>
    `{"type":"${role}",${at},"message":{"id":"m","role":"${role}","content":[{"type":"text","text":${JSON.stringify(text)}}]}}`;
  const error = 'API Error: Request rejected (429) · {"isApiErrorMessage":true,"usage":1}';
  const lines: [fact: string, line: string][] = [
    ['an answer that quotes an error', message('assistant', error)],
    ['a prompt that quotes an error', message('user', error)],
    [
      'a tool result that quotes a record',
      `{"type":"user",${at},"message":{"content":[{"type":"tool_result","content":"{\\"type\\":\\"system\\",\\"subtype\\":\\"api_error\\"}"}]}}`,
    ],
    [
      'a tool result with a record as its data',
      `{"type":"user",${at},"toolUseResult":{"type":"system","subtype":"api_error","error":{"status":429}}}`,
    ],
    ['a flag that is false', `{"type":"assistant",${at},"isApiErrorMessage":false,"error":"x"}`],
    ['a truncated record', '{"type":"system","subtype":"api_error","timestamp":"2026'],
    ['an api_error without time', '{"type":"system","subtype":"api_error","error":{"status":429}}'],
    ['another system record', `{"type":"system","subtype":"turn_duration",${at},"ms":429}`],
  ];
  for (const [fact, line] of lines) it(fact, () => assert.deepEqual(readMain(line), []));

  it('a line of the debug log without an error', () => {
    const line =
      '2026-11-21T22:01:36.802Z [DEBUG] tool says: [ERROR] API error (attempt 1/11): 429 x';
    assert.deepEqual(readDebug('s', [line, '', 'API error (attempt 1/11): 429 x']), []);
  });

  it('a message without a request', () => {
    const [request, answer] = fixtureLines('claude-code/print.jsonl');
    const line = `{"type":"assistant",${at},"isApiErrorMessage":true,"message":{"content":[{"type":"text","text":"Not logged in · Please run /login"}]}}`;
    assert.deepEqual(failed(readMain(request!, answer!, line)), []);
  });
});

describe('claudeCode: places', () => {
  const [transcripts, debug] = claudeCode.sources({
    home: '/h',
    tmp: '/tmp',
    platform: 'linux',
    env: { CLAUDE_CONFIG_DIR: '/c' },
  });

  it('are below CLAUDE_CONFIG_DIR', () =>
    assert.deepEqual([transcripts?.root, debug?.root], ['/c/projects', '/c/debug']));

  const paths: [path: string, isRead: boolean][] = [
    ['-home-dev/0b1c.jsonl', true],
    ['-home-dev/0b1c/subagents/agent-a1.jsonl', true],
    ['-home-dev/0b1c/subagents/agent-a1.meta.json', false],
    ['-home-dev/0b1c/tool-results/x.txt', false],
    ['history.jsonl', false],
  ];
  for (const [path, isRead] of paths)
    it(`${path} is ${isRead ? '' : 'not '}read`, () =>
      assert.equal(transcripts?.files.test(path), isRead));

  it('every record of a failure contains an anchor', () => {
    const files = ['print.jsonl', 'screen.jsonl', 'finals.jsonl', 'api-errors.jsonl', 'debug.txt'];
    for (const line of files.flatMap(file => fixtureLines(`claude-code/${file}`)))
      if (/api-request"|api_error"|isApiErrorMessage|API error/.test(line))
        assert.ok(
          claudeCode.failureAnchors.some(anchor => line.includes(anchor)),
          line,
        );
  });
});
