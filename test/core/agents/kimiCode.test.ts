import assert from 'node:assert/strict';
import type { Agent, Surroundings } from '../../../src/core/agents/agent.ts';
import { attribute } from '../../../src/core/agents/attribution.ts';
import { FailureJoiner } from '../../../src/core/agents/failureJoiner.ts';
import { kimiCli } from '../../../src/core/agents/kimiCli.ts';
import { kimiCode } from '../../../src/core/agents/kimiCode.ts';
import type { Signal } from '../../../src/core/agents/signal.ts';
import {
  failed,
  fixtureLines,
  readAs,
  readLines,
  readRestarting,
} from '../../support/agentLogs.ts';

const SESSION = '/h/.kimi-code/sessions/wd_demo_c2b2c6e75618/session_1';
const LOG = `${SESSION}/logs/kimi-code.log`;
const readLog = (...lines: string[]) => readAs(kimiCode, LOG, lines);
const readWire = (agent: string, lines: readonly string[]) =>
  readAs(kimiCode, `${SESSION}/agents/${agent}/wire.jsonl`, lines);

describe('kimiCode: failures of the session log', () => {
  const ACCOUNT = 'Your account org-…<ak-…bcd1>';
  const cases: [text: string, status: number | undefined, provider: string][] = [
    [
      "We're receiving too many requests at the moment. Please wait a moment and try again.",
      429,
      'kimi-code',
    ],
    [
      `${ACCOUNT} request reached organization max concurrency: 3, please try again after 1 seconds`,
      429,
      'kimi-code',
    ],
    [
      `${ACCOUNT} request reached organization TPM rate limit, current:132041, limit:128000`,
      429,
      'kimi-code',
    ],
    [
      'Your account org-… / proj-… <ak-…bcd1> request reached organization TPD rate limit, current: 1501880, limit: 1500000',
      429,
      'kimi-code',
    ],
    [
      "You've reached your 5-hour usage limit. Your quota will reset when the current 5-hour window ends. To continue now, purchase extra usage or upgrade your plan: https://www.kimi.com/membership/subscription?tab=quota",
      403,
      'kimi-code',
    ],
    [
      "You've reached your usage limit for this billing cycle. Your quota will be refreshed in the next cycle. To continue now, purchase extra usage or upgrade your plan: https://www.kimi.com/code/#pricing",
      403,
      'kimi-code',
    ],
    [
      'Your account org-… <ak-…bcd1> is suspended due to insufficient balance, please recharge your account or check your plan and billing details',
      429,
      'open-platform',
    ],
    ['Overloaded', 529, 'kimi-code'],
    [
      "We're unable to verify your membership benefits at this time. Please ensure your membership is active.",
      402,
      'kimi-code',
    ],
    [
      'The API Key appears to be invalid or may have expired. Please verify your credentials and try again.',
      401,
      'kimi-code',
    ],
    ['Invalid Authentication', 401, 'kimi-code'],
    ['"url.not_found"', 404, 'kimi-code'],
    ['internal: driver: bad connection', 500, 'kimi-code'],
    ['unavailable: 503 Service Unavailable', 503, 'kimi-code'],
    ['The engine is currently overloaded, please try again later', undefined, 'kimi-code'],
    ['terminated', undefined, 'kimi-code'],
    [
      'You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.',
      429,
      'other',
    ],
  ];
  const lines = fixtureLines('kimi-code/failures.log');
  for (const [index, [text, status, provider]] of cases.entries())
    it(`${status ?? 'no status'}, ${provider}: ${text.slice(0, 60)}`, () => {
      const [failure, ...others] = failed(readLog(lines[index]!));
      assert.ok(failure && others.length === 0);
      assert.deepEqual(
        [failure.text, failure.status, attribute(failure).provider],
        [text, status, provider],
      );
    });

  it('has time, session and model, and an unknown thread', () => {
    const [failure] = failed(readLog(lines[0]!));
    assert.equal(failure?.at, Date.parse(lines[0]!.slice(0, 24)));
    assert.equal(failure?.session, 'session_1');
    assert.equal(failure?.model, 'kimi-code/kimi-for-coding');
    assert.equal(failure?.isThreadUnknown, true);
  });
});

describe('kimiCode: lines of other versions (from source)', () => {
  const line = (fields: string) =>
    `2026-07-01T03:34:40.984Z WARN  llm request failed  ${fields} model=kimi-code/k3 errorName=APIProviderRateLimitError errorMessage="429 The engine is currently overloaded, please try again later" statusCode=429`;
  const cases: [fact: string, fields: string, expected: object][] = [
    [
      'one line of the older engine counts for all its attempts',
      'turnStep=0.1 attempt=3/3',
      {
        attemptCount: 3,
        isFinal: true,
      },
    ],
    ['an agent id names the sub-agent', 'turnStep=0.1 agentId=agent-2', { subagent: 'agent-2' }],
    ['a compaction is a side request', 'requestKind=full_compaction', { isSideRequest: true }],
  ];
  for (const [fact, fields, expected] of cases)
    it(fact, () => {
      const [failure] = failed(readLog(line(fields)));
      assert.deepEqual({ ...failure, ...expected }, failure);
    });

  it('a session folder without session_, and a rotated log, are read', () => {
    const old = '/h/.kimi-code/sessions/wd_demo_c2b2c6e75618/0b1c/logs/kimi-code.log.2';
    assert.equal(failed(readAs(kimiCode, old, [line('turnStep=0.1')]))[0]?.session, '0b1c');
  });

  it('a rotation repeats nothing: the key is the line’s', () => {
    const keys = ['', '.1'].map(
      end => failed(readAs(kimiCode, LOG + end, [line('turnStep=0.1')]))[0]?.contentKey,
    );
    assert.equal(keys[0], keys[1]);
  });

  it('equal lines of one millisecond are separate failures', () => {
    const failures = failed(readLog(line('turnStep=0.1'), line('turnStep=0.1')));
    assert.equal(new Set(failures.map(({ contentKey }) => contentKey)).size, 2);
  });

  it('a truncated value has no closing quote', () => {
    const cut = `${line('turnStep=0.1').split(' overloaded')[0]}…`;
    assert.equal(failed(readLog(cut))[0]?.text, 'The engine is currently…');
  });

  it('a final failure without turn.step.interrupted is reported by turn.ended', () => {
    const ended =
      '{"type":"turn.ended","agentId":"main","turnId":0,"reason":"failed","error":{"code":"provider.rate_limit","message":"429 Slow down","details":{"statusCode":429}},"time":1795297669344}';
    const [failure] = failed(readWire('main', [ended]));
    assert.deepEqual({ ...failure, status: 429, isFinal: true, isFallback: true }, failure);
    assert.equal(failure?.text, 'Slow down');
  });

  it('the sentence before the fields may differ', () => {
    const lines = [
      'llm request failed; retrying indefinitely (KIMI_CODE_INFINITE_RETRY)',
      'request to the model did not succeed',
    ].map(words => line('turnStep=0.1').replace('llm request failed', words));
    assert.deepEqual(
      failed(readLog(...lines)).map(({ status, isFinal }) => [status, isFinal]),
      Array(2).fill([429, undefined]),
    );
  });

  it('a line without model and status, or without an error, is not a failed request', () => {
    const words = line('turnStep=0.1').replace(' statusCode=429', '');
    const others = [words.replace('model=', 'tool='), words.replace('errorMessage=', 'preview=')];
    assert.deepEqual(readLog(...others), []);
  });
});

describe('kimiCode: the last failure of a turn', () => {
  const log =
    '2026-11-21T21:47:49.336Z WARN  llm request failed  turnStep=0.2 model=kimi-code/k3 errorName=APIStatusError errorMessage="403 You\'ve reached your 5-hour usage limit." statusCode=403';
  const wire = [
    '{"type":"llm.request","kind":"loop","modelAlias":"kimi-code/k3","turnStep":"0.2","time":1795297669200}',
    '{"type":"turn.step.interrupted","agentId":"main","turnId":0,"step":2,"reason":"error","message":"[provider.auth_error] 403 You\'ve reached your 5-hour usage limit.","time":1795297669340}',
    '{"type":"turn.ended","agentId":"main","reason":"failed","error":{"code":"provider.auth_error","message":"403 You\'ve reached your 5-hour usage limit.","details":{"statusCode":403,"requestId":"vnwmdk3gjd6vxatgmd6lt"}},"time":1795297669344}',
  ];
  const [fromLog, fromWire] = [readLog(log), readWire('main', wire)];
  const cases: [fact: string, signals: readonly Signal[]][] = [
    ['counts though the log has lost its line', fromWire],
    ['counts once if both files have it', [...fromLog, ...fromWire]],
    ['counts once, whichever file is read first', [...fromWire, ...fromLog]],
  ];
  for (const [fact, signals] of cases)
    it(fact, () => {
      const joiner = new FailureJoiner();
      const known = new Map(
        signals.flatMap(signal => joiner.join([signal])).map(it => [it.contentKey, it]),
      );
      const [failure, ...others] = known.values();
      assert.ok(failure && others.length === 0);
      assert.deepEqual([failure.status, failure.isFinal], [403, true]);
      assert.equal(failure.text, "You've reached your 5-hour usage limit.");
      assert.equal(failure.request, '0.2');
      assert.deepEqual(failure.support?.requests, ['vnwmdk3gjd6vxatgmd6lt']);
    });
});

describe('kimiCode: starts and ends of the wire', () => {
  const brief = (signals: readonly Signal[]) =>
    signals.map(signal => [
      signal.kind,
      signal.request,
      signal.kind === 'requestEnded' ? (signal.outputTokens ?? signal.failure?.status) : undefined,
    ]);

  it('a request of the main thread ends with its usage, not with its sub-agents', () => {
    const signals = readWire('main', fixtureLines('kimi-code/parallel.main.wire.jsonl'));
    assert.deepEqual(brief(signals), [
      ['requestStarted', '0.1', undefined],
      ['requestEnded', '0.1', 25],
      ['requestStarted', '0.2', undefined],
      ['requestEnded', '0.2', 41],
    ]);
    assert.equal(signals[1]?.at, 1795297651768);
    assert.ok(signals[1]?.kind === 'requestEnded' && signals[1].inputTokens === 21009);
  });

  it('each attempt of a sub-agent is a request, and its failure has a wait', () => {
    const signals = readWire('agent-0', fixtureLines('kimi-code/parallel.agent-0.wire.jsonl'));
    assert.deepEqual(brief(signals).slice(0, 3), [
      ['requestStarted', '0.1', undefined],
      ['requestEnded', '0.1', 429],
      ['requestStarted', '0.2', undefined],
    ]);
    const ended = signals[1];
    assert.ok(ended?.kind === 'requestEnded' && ended.subagent === 'agent-0');
    assert.equal(ended.failure?.retryAfterMs, 516);
  });

  it('a failure in the log gets its sub-agent and wait from the wire, in either order', () => {
    const log = readLog(...fixtureLines('kimi-code/parallel.log'));
    const wires = ['agent-0', 'agent-3', 'agent-4'].flatMap(agent =>
      readWire(agent, fixtureLines(`kimi-code/parallel.${agent}.wire.jsonl`)),
    );
    for (const order of [
      [log, wires],
      [wires, log],
    ]) {
      const joiner = new FailureJoiner();
      const all = new Map(
        order.flatMap(signals => joiner.join(signals)).map(one => [one.contentKey, one]),
      );
      const agents = [...all.values()].map(({ subagent }) => subagent ?? '?');
      assert.equal(all.size, failed(log).length);
      // The wires of the excerpt end after the first of the second round.
      assert.deepEqual(agents.slice(0, 3).sort(), ['agent-0', 'agent-3', 'agent-4']);
      assert.deepEqual(agents.slice(4), ['?', '?']);
      assert.ok([...all.values()].slice(0, 3).every(({ retryAfterMs }) => retryAfterMs));
    }
  });

  it('a final failure is reported once, as final', () => {
    const joiner = new FailureJoiner();
    joiner.join(readLog(...fixtureLines('kimi-code/gave-up.log')));
    const wire = readWire('main', fixtureLines('kimi-code/gave-up.wire.jsonl'));
    const joined = joiner.join(wire);
    assert.deepEqual(
      joined.map(({ isFinal, request, isThreadUnknown }) => [isFinal, request, isThreadUnknown]),
      [[true, '0.2', undefined]],
    );
  });

  it('a restart between lines loses nothing', () => {
    const file = { relativePath: 'wd/s/agents/main/wire.jsonl', format: 'wire' };
    const lines = fixtureLines('kimi-code/gave-up.wire.jsonl');
    const expected = readLines(kimiCode, file, lines);
    assert.deepEqual(readRestarting(kimiCode, file, lines).signals, expected);
  });
});

describe('kimiCode: not a failure', () => {
  it('a prompt, a file and an answer that quote errors', () => {
    const signals = readWire('main', fixtureLines('kimi-code/mention.wire.jsonl'));
    assert.deepEqual(signals, []);
  });

  const lines: [fact: string, line: string][] = [
    [
      'a message that quotes the error text of a failure',
      '2026-11-21T21:43:10.528Z WARN  tool result  text="llm request failed  errorMessage=429"',
    ],
    ['a stack line', '    at llm request failed  errorMessage="429 x" statusCode=429'],
    ['a line without time', 'WARN  llm request failed  errorMessage="429 x" statusCode=429'],
    ['nothing', ''],
    ['a response', '2026-11-21T21:43:11.254Z INFO  llm response  turnStep=0.3 ttftMs=429'],
    ['truncated JSON', '{"type":"turn.step.retrying","time":17952'],
    ['JSON that is not a record', '[429]'],
    ['a record with another type', '{"type":"constructor","time":1795297669344}'],
    ['a record without time', '{"type":"turn.step.retrying","errorMessage":"429 x"}'],
  ];
  for (const [fact, line] of lines)
    it(fact, () => assert.deepEqual([...readLog(line), ...readWire('main', [line])], []));
});

describe('kimiCode: places', () => {
  const roots = (env: Record<string, string>, platform: 'linux' | 'win32', home: string) =>
    kimiCode.sources({ home, tmp: '/tmp', platform, env }).map(({ root }) => root)[0];

  it('are in the home folder, or in KIMI_CODE_HOME', () => {
    assert.equal(roots({}, 'linux', '/h'), '/h/.kimi-code/sessions');
    assert.equal(roots({ KIMI_CODE_HOME: '/k/' }, 'linux', '/h'), '/k/sessions');
    assert.equal(roots({ KIMI_CODE_HOME: '~/k' }, 'linux', '/h'), '/h/k/sessions');
    assert.equal(roots({ KIMI_CODE_HOME: 'k' }, 'linux', '/h'), '/h/.kimi-code/sessions');
    assert.equal(roots({}, 'win32', 'C:\\Users\\me'), 'C:\\Users\\me\\.kimi-code\\sessions');
    assert.equal(roots({ KIMI_CODE_HOME: 'D:\\k' }, 'win32', 'C:\\h'), 'D:\\k\\sessions');
  });

  const work = `${['kimi-desktop', 'daimon-share', 'daimon', 'runtime', 'kimi-code', 'home'].join('/')}/sessions`;
  const workRoots: [platform: Surroundings['platform'], env: Surroundings['env'], root: string][] =
    [
      ['linux', {}, `/h/.config/${work}`],
      ['linux', { XDG_CONFIG_HOME: '/x' }, `/x/${work}`],
      ['darwin', {}, `/h/Library/Application Support/${work}`],
      ['win32', { APPDATA: 'D:\\a' }, `D:\\a\\${work.replaceAll('/', '\\')}`],
    ];
  for (const [platform, env, root] of workRoots)
    it(`Kimi Work: ${root}`, () =>
      assert.ok(
        kimiCode
          .sources({ home: '/h', tmp: '/tmp', platform, env })
          .some(source => source.root === root),
      ));

  it('Kimi Work makes titles in sessions of their own', () => {
    const start = '{"type":"llm.request","time":1795297669344,"agentId":"main","kind":"loop"}';
    const log = fixtureLines('kimi-code/failures.log').slice(0, 1);
    const isSide = (session: string) => {
      const of = `/h/.config/${work}/wd_w_1/${session}`;
      const signals = [
        ...readAs(kimiCode, `${of}/agents/main/wire.jsonl`, [start]),
        ...readAs(kimiCode, `${of}/logs/kimi-code.log`, log),
      ];
      return signals.map(({ isSideRequest = false }) => isSideRequest);
    };
    assert.deepEqual(isSide('ctitle-1'), [true, true]);
    assert.deepEqual(isSide('conv-1'), [false, false]);
  });

  it('are also used by the official VS Code extension (docs/kimi.md 6.8)', () => {
    const here = { home: '/h', tmp: '/tmp', platform: 'linux', env: {} } as const;
    const takes = (agent: Agent, path: string) =>
      agent
        .sources(here)
        .some(
          ({ root, files }) => path.startsWith(root) && files.test(path.slice(root.length + 1)),
        );
    // From 0.6.0 on it writes the tree of the CLI; before, it ran the CLI in Python.
    assert.ok(takes(kimiCode, LOG));
    assert.ok(takes(kimiCode, `${SESSION}/agents/main/wire.jsonl`));
    assert.ok(takes(kimiCli, '/h/.kimi/logs/kimi.log'));
    assert.ok(takes(kimiCli, '/h/.kimi/sessions/0f/1a/wire.jsonl'));
  });

  it('every record of a failure contains an anchor', () => {
    const files = ['failures.log', 'gave-up.wire.jsonl', 'parallel.agent-0.wire.jsonl'];
    for (const line of files.flatMap(file => fixtureLines(`kimi-code/${file}`)))
      if (/request failed|turn\.step\./.test(line))
        assert.ok(
          kimiCode.failureAnchors.some(anchor => line.includes(anchor)),
          line,
        );
  });
});
