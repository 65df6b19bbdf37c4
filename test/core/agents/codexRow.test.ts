import assert from 'node:assert/strict';
import { attribute } from '../../../src/core/agents/attribution.ts';
import { codex } from '../../../src/core/agents/codex/codex.ts';
import { FailureJoiner } from '../../../src/core/agents/failureJoiner.ts';
import type { RequestFailed, Signal } from '../../../src/core/agents/signal.ts';
import { failed, fixtureLines, readAs } from '../../support/agentLogs.ts';

const THREAD = '01a20031-d309-7e62-ac19-d979f5524754';
const ROLLOUT = `/h/.codex/sessions/2026/11/21/rollout-2026-11-21T22-19-55-${THREAD}.jsonl`;
const TITLE_ROLLOUT =
  '/h/.codex/sessions/2026/12/01/rollout-2026-12-01T04-22-46-01a22fd7-44d7-7802-becc-f26b6ca0821c.jsonl';
const readRows = (...lines: string[]) => readAs(codex, '/h/.codex/logs_2.sqlite', lines);
const row = (body: string, thread_id: string | null = THREAD): string =>
  JSON.stringify({ ts: 1795299604, ts_nanos: 645725780, thread_id, feedback_log_body: body });

describe('codex: rows of its database', () => {
  const rows = fixtureLines('codex/screen.rows.jsonl');
  const limited = rows.map(line =>
    line.replaceAll('status=403 Forbidden', 'status=429 Too Many Requests'),
  );
  const turn = fixtureLines('codex/screen.jsonl');
  const RETRY_LIMIT = JSON.stringify({
    message: 'exceeded retry limit, last status: 429 Too Many Requests, request id: a1',
    codex_error_info: { response_too_many_failed_attempts: { http_status_code: 429 } },
  });
  const limitedTurn = turn.map(line =>
    line.replace(/"error":\{.*?\}\}\}/, `"error":${RETRY_LIMIT}`),
  );
  const joinedOf = (...parts: (readonly Signal[])[]): RequestFailed[] => {
    const joiner = new FailureJoiner();
    const all = parts.flatMap(part => joiner.join(part));
    return [...new Map(all.map(failure => [failure.contentKey, failure])).values()];
  };

  it('report each attempt with a 429, with model and host', () => {
    const failures = failed(readRows(...limited));
    assert.deepEqual(
      failures.map(({ status, model, text, session }) => [status, model, text, session]),
      Array.from({ length: 6 }, () => [429, 'kimi-k2.5', '', THREAD]),
    );
    assert.equal(attribute(failures[0]!).provider, 'open-platform');
    assert.equal(new Set(failures.map(({ contentKey }) => contentKey)).size, 6);
    assert.equal(failures[0]!.at, 1795299604910);
  });

  it('and the end of the turn count the same failures, in either order', () => {
    const [log, rollout] = [readRows(...limited), readAs(codex, ROLLOUT, limitedTurn)];
    assert.deepEqual(
      failed(rollout).map(({ status }) => status),
      [429],
    );
    for (const failures of [joinedOf(log, rollout), joinedOf(rollout, log)]) {
      assert.equal(failures.length, 6);
      assert.ok(failures.every(({ attemptCount }) => attemptCount === undefined));
      assert.deepEqual(
        failures.map(it => attribute(it).provider),
        Array(6).fill('open-platform'),
      );
    }
  });

  it('of a rejection count its attempts; the rollout has their error text', () => {
    const [log, rollout] = [readRows(...rows), readAs(codex, ROLLOUT, turn)];
    for (const failures of [joinedOf(log, rollout), joinedOf(rollout, log)]) {
      assert.equal(failures.length, 6);
      for (const { status, attemptCount, text } of failures)
        assert.deepEqual(
          [status, attemptCount, text.slice(0, 35)],
          [403, undefined, "You've reached your 5-hour usage li"],
        );
      assert.equal(failures.filter(({ isFinal }) => isFinal).length, 1);
    }
  });

  it('a thread without a rollout (a title) counts too, each attempt once and with its text', () => {
    const log = readRows(...fixtureLines('codex/title.rows.jsonl'));
    const rollout = readAs(codex, TITLE_ROLLOUT, fixtureLines('codex/title.jsonl'));
    assert.deepEqual(
      failed(rollout).map(({ attemptCount }) => attemptCount),
      [6],
    );
    for (const failures of [joinedOf(log, rollout), joinedOf(rollout, log)]) {
      assert.equal(failures.length, 6 + 2);
      assert.ok(
        failures.every(it => it.text.startsWith("You've reached your 5-hour usage limit.")),
      );
      assert.ok(failures.every(it => attribute(it).provider === 'kimi-code'));
      assert.equal(failures.filter(({ isFinal }) => isFinal).length, 2);
      const added = failures.reduce((sum, it) => sum + (it.attemptCount ?? 1), 0);
      assert.equal(added, 8);
    }
    const [first] = joinedOf(rollout, log);
    assert.equal(first?.fewerAttempts, 5);
  });

  it('an attempt that recovers has its text in the row about the retry', () => {
    const [failure, ...others] = joinedOf(readRows(...fixtureLines('codex/recovered.rows.jsonl')));
    assert.ok(failure && others.length === 0);
    assert.equal(failure.status, 403);
    assert.ok(failure.text.startsWith("You've reached your 5-hour usage limit."));
    assert.equal(failure.isFinal, undefined);
  });

  it('a rollout without rows counts its failures', () => {
    const [failure, ...others] = joinedOf(readAs(codex, ROLLOUT, limitedTurn));
    assert.ok(failure && others.length === 0);
    assert.deepEqual(
      [failure.status, failure.text, attribute(failure).provider],
      [429, '', 'unknown'],
    );
  });

  const url = 'https://api.moonshot.ai/v1/responses';
  const cases: [fact: string, body: string, expected: object][] = [
    [
      'the wait and Kimi’s headers are read',
      `turn{model=k3}: Request completed method=POST url=${url} status=429 Too Many Requests headers={"retry-after": "12", "msh-request-id": "x"} version=HTTP/1.1`,
      { status: 429, retryAfterMs: 12_000, model: 'k3', text: '' },
    ],
    [
      'a request that could not be sent has no status',
      `turn{model=k3}: Request failed method=POST url=${url} is_timeout=false is_connect=true`,
      { status: undefined, text: 'error sending request' },
    ],
    [
      'a compaction is a side request',
      `Request completed method=POST url=${url}/compact status=500 Internal Server Error headers={}`,
      { status: 500, isSideRequest: true },
    ],
  ];
  for (const [fact, body, expected] of cases)
    it(`${fact} (from source)`, () => {
      const [failure, ...others] = failed(readRows(row(body)));
      assert.ok(failure && others.length === 0);
      for (const [field, value] of Object.entries(expected))
        assert.deepEqual((failure as object as Record<string, unknown>)[field], value, field);
    });

  it('Kimi’s headers identify the account behind a local address', () => {
    const body =
      'Request completed method=POST url=http://127.0.0.1:4000/responses status=429 E headers={"msh-uid": "x"}';
    const [failure] = failed(readRows(row(body)));
    assert.equal(failure?.evidence.hasKimiWords, true);
    assert.ok(!JSON.stringify(failure).includes('msh-uid'));
  });

  const none: [fact: string, line: string][] = [
    ['an answer', row(`x: Request completed method=POST url=${url} status=200 OK headers={}`)],
    [
      'a request that is not to a model',
      row('Request completed method=POST url=https://chatgpt.com/otel/metrics status=403 x'),
    ],
    ['a file download', row('Request failed method=GET url=https://api.moonshot.ai/v1/responses')],
    [
      'another program’s table',
      '{"ts":"2026-11-21","feedback_log_body":"Request failed method=POST url=https://a/responses"}',
    ],
    [
      'an invalid time',
      '{"ts":1,"feedback_log_body":"Request failed method=POST url=https://a/responses"}',
    ],
  ];
  for (const [fact, line] of none)
    it(`${fact} is not a failure`, () => assert.deepEqual(readRows(line), []));

  it('are next to the rollouts, or where a variable points', () => {
    const root = (env: Record<string, string>) =>
      codex.sources({ home: '/h', tmp: '/tmp', platform: 'linux', env }).at(-1)?.root;
    assert.equal(root({}), '/h/.codex');
    assert.equal(root({ CODEX_HOME: '/c' }), '/c');
    assert.equal(root({ CODEX_HOME: '/c', CODEX_SQLITE_HOME: '/s' }), '/s');
  });
});
