import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Agent } from '../../../src/core/agents/agent.ts';
import { claudeCode } from '../../../src/core/agents/claudeCode/claudeCode.ts';
import { cline } from '../../../src/core/agents/cline/cline.ts';
import { codex } from '../../../src/core/agents/codex/codex.ts';
import { FailureJoiner } from '../../../src/core/agents/failureJoiner.ts';
import { kimiCode } from '../../../src/core/agents/kimiCode.ts';
import { openClaw } from '../../../src/core/agents/openClaw.ts';
import { openCode } from '../../../src/core/agents/openCode/openCode.ts';
import { qwenCode } from '../../../src/core/agents/qwenCode.ts';
import {
  joinSupportIds,
  MOST_REQUEST_IDS,
  supportIds,
  supportIdsIn,
  supportIdsOfHeaders,
  type SupportIds,
} from '../../../src/core/agents/supportIds.ts';
import { parseStoredEvent, storeEvent } from '../../../src/core/agents/tail.ts';
import { fixtureLines, readAs } from '../../support/agentLogs.ts';

const ORGANIZATION = 'org-0f3c1d5e7a9b4c2d8e6f1a2b3c4d5e6f';
const KEY = 'ak-f8m2q7w1rtyu111abcd1';
const ACCOUNT = { organization: ORGANIZATION, key: KEY };
const UUID = '3f2b8c1e-5d6a-4e7f-8a9b-0c1d2e3f4a5b';
const SECRET = `sk-kimi-${'A1b2C3d4'.repeat(8)}`;

/** The ids of all failures, with all known facts. */
function idsOf(agent: Agent, files: Readonly<Record<string, readonly string[]>>): SupportIds {
  const joiner = new FailureJoiner();
  const found = Object.entries(files).flatMap(([path, lines]) =>
    readAs(agent, path, lines).flatMap(signal => joiner.join([signal])),
  );
  const byKey = new Map(found.map(failure => [failure.contentKey, failure]));
  return joinSupportIds(...[...byKey.values()].map(({ support }) => support)) ?? {};
}

describe('the ids for a ticket, in real records', () => {
  const session = '/h/.kimi-code/sessions/wd/s';
  const claude = '"timestamp":"2026-03-04T11:00:09.000Z","sessionId":"s1","version":"2.1.200"';
  const cases: [fact: string, Agent, files: Record<string, readonly string[]>, SupportIds][] = [
    [
      'Kimi Code: of a failed turn, next to the error text of the log',
      kimiCode,
      {
        [`${session}/logs/kimi-code.log`]: fixtureLines('kimi-code/gave-up.log'),
        [`${session}/agents/main/wire.jsonl`]: fixtureLines('kimi-code/gave-up.wire.jsonl'),
      },
      { requests: ['vnwmdk3gjd6vxatgmd6lt'] },
    ],
    [
      'Kimi Code: the account, in the error text',
      kimiCode,
      { [`${session}/logs/kimi-code.log`]: fixtureLines('kimi-code/failures.log') },
      { ...ACCOUNT, project: 'proj-a418892b55d04bbb929766740804aa41' },
    ],
    [
      'Claude Code: the account, in the error text',
      claudeCode,
      { '/h/.claude/projects/-a/s1.jsonl': fixtureLines('claude-code/screen.jsonl') },
      ACCOUNT,
    ],
    [
      'Claude Code, older versions: id and headers of the response',
      claudeCode,
      {
        '/h/.claude/projects/-a/s1.jsonl': [
          `{"type":"system","subtype":"api_error",${claude},"uuid":"u1","error":{"status":429,"message":"429 Slow","requestID":"f860b7i8p76myyya44mynr","headers":{"Msh-Request-Id":"${UUID}","Msh-Org-Id":"${ORGANIZATION}"}}}`,
        ],
      },
      { requests: ['f860b7i8p76myyya44mynr', UUID], organization: ORGANIZATION },
    ],
    [
      'OpenCode: a header in the row of a failed turn',
      openCode,
      {
        '/h/.local/share/opencode/opencode.db': fixtureLines('opencode/gave-up.rows.jsonl'),
      },
      { requests: ['o9hhussd0l8irrl1agnvj'], ...ACCOUNT },
    ],
    [
      'Cline: a header of each attempt, the newest first',
      cline,
      { '/h/.cline/data/logs/cline.log': fixtureLines('cline/headers.log') },
      {
        requests: ['akqckf8shcpsrkwnxtia', '14f4qvvzepagze0e7l7vhc'],
        ...ACCOUNT,
      },
    ],
    [
      'Codex: after the error text of the rollout',
      codex,
      {
        '/h/.codex/sessions/2026/11/21/rollout-2026-11-21T21-43-30-01a20016-b345-7111-84be-a03097808f41.jsonl':
          fixtureLines('codex/screen.jsonl'),
      },
      { requests: ['solp9xdlf5lqcb2fvd90w'] },
    ],
    [
      'Qwen Code: the id of the response',
      qwenCode,
      { '/h/.qwen/projects/-a/chats/c1.jsonl': fixtureLines('qwen-code/gave-up.jsonl') },
      { requests: ['tdtzykzs3qn0b6m93327xq'] },
    ],
    [
      'OpenClaw: the account; OpenClaw’s own trace ids are ignored',
      openClaw,
      { '/tmp/openclaw/openclaw-2026-11-21.log': fixtureLines('openclaw/gave-up.log') },
      ACCOUNT,
    ],
  ];
  for (const [fact, agent, files, expected] of cases)
    it(fact, () => assert.deepEqual(idsOf(agent, files), expected));

  it('a response from Anthropic has none', () => {
    const lines = fixtureLines('claude-code/api-errors.jsonl').filter(line => /req_011/.test(line));
    assert.equal(lines.length, 1);
    assert.deepEqual(idsOf(claudeCode, { '/h/.claude/projects/-a/s1.jsonl': lines }), {});
  });
});

describe('supportIds', () => {
  const words: [fact: string, words: string, expected: SupportIds | undefined][] = [
    ['account and key', `Your account ${ORGANIZATION} <${KEY}> is suspended`, ACCOUNT],
    [
      'without a space between them',
      `Your account ${ORGANIZATION}<${KEY}> request reached`,
      ACCOUNT,
    ],
    ['a gateway', 'saturated (request id: 20261121abcdef12)', { requests: ['20261121abcdef12'] }],
    ['in a body', `{"error":{},"trace_id":"${UUID}"}`, { requests: [UUID] }],
    ['none', 'Too many requests', undefined],
    ['a key as an id', `request id: ${SECRET}`, undefined],
    ['an encoded key', `request id: ${Buffer.from(SECRET).toString('hex')}`, undefined],
    ['an encoded key as account', `org-${Buffer.from(SECRET).toString('hex')}`, undefined],
    ['a key after ak-', `ak-${SECRET}`, undefined],
    ['a token', 'trace id: eyJhbGciOiJIUzI1NiJ9', undefined],
    ['another provider', 'in organization org-Ab12Cd34Ef56Gh78Ij90Kl12 on tokens', undefined],
    ['part of a name', `my-${ORGANIZATION} and x${KEY}`, undefined],
    ['words', 'request id: missingfromtheanswer', undefined],
  ];
  for (const [fact, text, expected] of words)
    it(`in an error text: ${fact}`, () => assert.deepEqual(supportIdsIn(text), expected));

  it('reads headers, whatever their values', () => {
    const headers = { 'x-request-id': 7, 'Msh-Trace-Mode': 'on', cookie: 'a1b2c3d4e5f6a7b8' };
    assert.equal(supportIdsOfHeaders({ ...headers, 'x-trace-id': SECRET }), undefined);
  });

  it('keeps a few, the newest first', () => {
    const ids = Array.from({ length: 9 }, (_, index) => `0000000000000000a${index}`);
    const joined = joinSupportIds(...ids.map(id => supportIds({ requests: [id, ids[0]] })));
    assert.deepEqual(joined, { requests: ids.slice(0, MOST_REQUEST_IDS) });
  });

  it('contains only valid ids, whatever is found', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), fc.array(fc.anything()), (a, b, requests) => {
        const ids = supportIds({ organization: a, key: b, requests: [...requests, SECRET] });
        assert.ok(ids === undefined || !JSON.stringify(ids).includes('sk-'));
      }),
    );
  });
});

describe('a stored failure', () => {
  const signal = {
    kind: 'requestFailed',
    at: 1,
    agent: 'codex',
    session: 's',
    evidence: {},
    contentKey: 'k',
    text: '',
  } as const;
  const rowOf = (support: unknown) => {
    const { json, ...row } = storeEvent({ signal, file: 'f', byteOffset: 0 });
    return { ...row, json: JSON.stringify({ ...JSON.parse(json), support }) };
  };
  const cases: [fact: string, support: unknown, expected: SupportIds | undefined][] = [
    ['keeps its ids', { requests: [UUID], ...ACCOUNT }, { requests: [UUID], ...ACCOUNT }],
    ['of older versions has none', undefined, undefined],
    ['loses invalid ids', { requests: [SECRET, 7], key: SECRET, organization: {} }, {}],
    ['is read with ids of another kind', 'of a later version', {}],
    ['is read with null', null, {}],
    ['keeps valid ids', { requests: UUID, more: SECRET }, { requests: [UUID] }],
  ];
  for (const [fact, support, expected] of cases)
    it(fact, () => assert.deepEqual(parseStoredEvent(rowOf(support))?.signal.support, expected));
});
