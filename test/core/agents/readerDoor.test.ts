import assert from 'node:assert/strict';
import type { Agent } from '../../../src/core/agents/agent.ts';
import { hostOf } from '../../../src/core/base/kimiHosts.ts';
import { cline } from '../../../src/core/agents/cline/cline.ts';
import { claudeCode } from '../../../src/core/agents/claudeCode/claudeCode.ts';
import { crush } from '../../../src/core/agents/crush.ts';
import { kimiCode } from '../../../src/core/agents/kimiCode.ts';
import { openCode } from '../../../src/core/agents/openCode/openCode.ts';
import { otherLogs } from '../../../src/core/agents/otherLogs.ts';
import { openReader } from '../../../src/core/agents/readerDoor.ts';
import type { Signal } from '../../../src/core/agents/signal.ts';
import { readRestarting } from '../../support/agentLogs.ts';
import { leakIn } from '../../support/secrets/shapes.ts';
import { MIXED } from '../../support/secrets/vendorKeys.ts';

const KEY = `sk-kimi-${MIXED}`;
const SECRET = { secrets: [MIXED], trace: 10 };
const TIME = '2026-11-30T10:00:00.000Z';
const AT = Date.parse(TIME);

const assertHidden = (value: unknown): void => {
  const text = JSON.stringify(value);
  assert.equal(leakIn(text, SECRET), undefined, text);
};

/** A reader that returns the given signals. */
const agentOf = (signals: readonly Signal[], memory?: unknown): Agent => ({
  ...kimiCode,
  createReader: () => ({
    read: () => signals,
    saveMemory: () => (memory === undefined ? undefined : JSON.stringify(memory)),
  }),
});
const readerOf = (...given: Parameters<typeof agentOf>) =>
  openReader(agentOf(...given), { relativePath: 'a', format: 'log' });
const RECORD = { text: '', byteOffset: 0, isWhole: true };

describe('openReader', () => {
  const fields = {
    at: AT,
    agent: 'kimi-code',
    agentVersion: KEY,
    session: KEY,
    subagent: `agent ${KEY}`,
    model: `kimi/${KEY}`,
    request: KEY,
    contentKey: `failed ${KEY} 1`,
    evidence: { host: `${KEY}.example`, providerId: KEY, hasKimiWords: true },
  } as const;
  const failure = { text: `refused: ${KEY}`, errorType: KEY, status: 401 };

  it('redacts keys in every field of every signal', () => {
    assertHidden(
      readerOf([
        { kind: 'requestStarted', ...fields },
        { kind: 'requestFailed', ...fields, ...failure },
        { kind: 'requestEnded', ...fields, failure },
      ]).read(RECORD),
    );
  });

  it('keeps different ids different, and equal ids equal', () => {
    const read = readerOf([
      { kind: 'requestStarted', ...fields },
      { kind: 'requestStarted', ...fields, session: `${KEY}2`, contentKey: `failed ${KEY}2 1` },
      { kind: 'requestStarted', ...fields },
    ]).read(RECORD);
    assert.equal(new Set(read.map(({ session }) => session)).size, 2);
    assert.equal(new Set(read.map(({ contentKey }) => contentKey)).size, 2);
    assert.equal(read[0]?.session, read[2]?.session);
  });

  it('redacts keys in the memory, and changes nothing else', () => {
    const memory = { [KEY]: 1, list: [{ model: KEY, n: null, isOpen: true }], session: 's' };
    const saved = readerOf([], memory).saveMemory();
    assertHidden(saved);
    assert.partialDeepStrictEqual(JSON.parse(saved!), {
      list: [{ n: null, isOpen: true }],
      session: 's',
    });
    assert.equal(readerOf([], { a: 'b' }).saveMemory(), '{"a":"b"}');
    assert.equal(readerOf([]).saveMemory(), undefined);
  });
});

describe('a key in a log', () => {
  const crushLine = (words: string, fields = {}) =>
    JSON.stringify({
      time: TIME,
      level: 'ERROR',
      msg: 'Provider request failed, retrying',
      retry_delay: '2s',
      status_code: 401,
      message: words,
      ...fields,
    });
  const kimiLine = (fields: string) =>
    `${TIME} WARN  llm request failed  turnStep=0.1 errorName=X errorMessage="429 too many requests" statusCode=429 ${fields}`;
  const claudeLine = (fields: object) =>
    JSON.stringify({
      type: 'system',
      subtype: 'api_error',
      error: { message: 'boom', status: 500 },
      timestamp: TIME,
      uuid: 'u',
      sessionId: 's',
      ...fields,
    });
  const openCodeLine = (provider: string, model: string, session: string) =>
    `timestamp=${TIME} level=ERROR run=01d2ad29 message="stream error" providerID=${provider} modelID=${model} session.id=${session} small=false agent=build mode=primary error.error="AI_APICallError: too many requests"`;
  const clineLine = (url: string, provider = 'moonshot') =>
    JSON.stringify({
      level: 50,
      time: TIME,
      name: 'cline.cli',
      providerId: provider,
      severity: 'error',
      err: {
        name: 'AI_RetryError',
        message: 'Failed after 1 attempts. Last error: AI_APICallError: too many requests',
        errors: [{ name: 'AI_APICallError', url, statusCode: 429, responseBody: '{}' }],
      },
      msg: '[ai-sdk] stream error',
    });

  const cases: [fact: string, agent: Agent, format: string, line: string][] = [
    ['Crush: in the error text', crush, 'log', crushLine(`Incorrect API key provided: ${KEY}`)],
    [
      'Crush: in the query of the URL',
      crush,
      'log',
      crushLine(`POST "https://h.example/v1?api_key=${MIXED}": 429 Too Many Requests {}`),
    ],
    [
      'Crush: in the user of the URL',
      crush,
      'log',
      crushLine(`POST "https://me:${MIXED}@relay.example/v1": 429 Too Many Requests {}`),
    ],
    ['Crush: as model and provider', crush, 'log', crushLine('no', { model: KEY, provider: KEY })],
    ['Kimi Code: as model', kimiCode, 'log', kimiLine(`model=${KEY}`)],
    ['Kimi Code: as sub-agent', kimiCode, 'log', kimiLine(`agentId=${KEY}`)],
    ['Kimi Code: as step', kimiCode, 'log', kimiLine('').replace('0.1', KEY)],
    ['Claude Code: as session', claudeCode, 'transcript', claudeLine({ sessionId: KEY })],
    ['Claude Code: as sub-agent', claudeCode, 'transcript', claudeLine({ agentId: KEY })],
    ['Claude Code: as version', claudeCode, 'transcript', claudeLine({ version: KEY })],
    ['Claude Code: as record', claudeCode, 'transcript', claudeLine({ uuid: KEY })],
    [
      'Claude Code: as host',
      claudeCode,
      'transcript',
      claudeLine({ error: { status: 500, cause: { path: `https://${KEY}.relay.example/v1` } } }),
    ],
    [
      'Claude Code: as type',
      claudeCode,
      'transcript',
      claudeLine({
        error: { status: 429, message: `429 {"error":{"type":"${KEY}","message":"m"}}` },
      }),
    ],
    ['OpenCode: as provider', openCode, 'log', openCodeLine(KEY, 'm', 's')],
    ['OpenCode: as model', openCode, 'log', openCodeLine('p', KEY, 's')],
    ['OpenCode: as session', openCode, 'log', openCodeLine('p', 'm', KEY)],
    ['Cline: as host', cline, 'log', clineLine(`https://${KEY}.relay.example/v1`)],
    ['Cline: as user', cline, 'log', clineLine(`https://u:${KEY}@api.moonshot.ai/v1`)],
    ['Cline: as provider', cline, 'log', clineLine('https://api.moonshot.ai/v1', KEY)],
    [
      'another log: in the error text',
      otherLogs,
      'lines',
      `2026-11-30 10:00:00 ERROR openai.RateLimitError: Error code: 429 - {'error': {'message': 'too many requests ${KEY}'}}`,
    ],
  ];
  for (const [fact, agent, format, line] of cases)
    it(`${fact}: not in the signal, and not in the memory`, () => {
      const file = { relativePath: 'a/s/logs/b.log', format };
      const { signals, memory } = readRestarting(agent, file, [line]);
      assert.equal(signals.length, 1);
      assertHidden([signals, memory]);
    });

  it('in the name of a folder or a file', () => {
    for (const relativePath of [`wd/${KEY}/logs/kimi-code.log`, `p/${KEY}.jsonl`]) {
      const isKimi = relativePath.endsWith('.log');
      const [agent, format] = isKimi ? [kimiCode, 'log'] : [claudeCode, 'transcript'];
      const line = isKimi ? kimiLine('') : claudeLine({ sessionId: undefined });
      const { signals } = readRestarting(agent, { relativePath, format }, [line]);
      assert.equal(signals.length, 1);
      assertHidden(signals);
    }
  });
});

describe('hostOf', () => {
  const cases: [url: string, host: string | undefined][] = [
    ['https://api.kimi.com/coding/v1', 'api.kimi.com'],
    ['HTTPS://API.kimi.com', 'API.kimi.com'],
    ['http://127.0.0.1:8080/v1?x=1', '127.0.0.1:8080'],
    ['http://[::1]:8080/v1', '[::1]:8080'],
    ['https://me:pass@word@relay.example/v1', 'relay.example'],
    ['https://例え.jp/v1', '例え.jp'],
    ['https://my_relay.internal#x', 'my_relay.internal'],
    ['https://evil.example\\@api.kimi.com/', 'evil.example'],
    ['https://\x1b]52;c;Y3VybA==\x07api.kimi.com/v1', undefined],
    ['https://a\r\nKimi Quota: all is well/v1', undefined],
    ['https://a\u202eb/v1', undefined],
    ['https://a\x9b2Jb/v1', undefined],
    ['https://a b/v1', undefined],
    ['https://<img src=x>/v1', undefined],
    [`https://${'a'.repeat(300)}/v1`, undefined],
    ['ftp://h.example', undefined],
    ['', undefined],
  ];
  for (const [url, host] of cases)
    it(`of ${JSON.stringify(url.slice(0, 60))} is ${host ?? 'none'}`, () =>
      assert.equal(hostOf(url), host));
});
