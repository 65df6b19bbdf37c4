import assert from 'node:assert/strict';
import { openCode } from '../../../src/core/agents/openCode/openCode.ts';
import type { Signal } from '../../../src/core/agents/signal.ts';
import { readAs } from '../../support/agentLogs.ts';

const CREATED = 1_796_000_000_000;
const UPDATED = CREATED + 3000;
const QUOTA =
  "You've reached your 5-hour usage limit. Your quota will reset when the current 5-hour window ends.";

/** Made from the schema of OpenCode 2 (docs/agents.md 7.20), not recorded. */
const row = (data: object, more: object = {}): string =>
  JSON.stringify({
    id: 'msg_1',
    session_id: 'ses_1',
    type: 'assistant',
    time_updated: UPDATED,
    data: JSON.stringify({
      agent: 'build',
      model: { providerID: 'kimi-for-coding', id: 'k3', variant: 'high' },
      time: { created: CREATED },
      content: [],
      ...data,
    }),
    ...more,
  });
const read = (...rows: string[]): Signal[] =>
  readAs(openCode, '/h/.local/share/opencode/opencode.db', rows);

const rateLimited = (attempt: number) => ({
  retry: {
    attempt,
    at: UPDATED + 2000,
    error: { type: 'provider.rate-limit', message: 'Too many requests', status: 429 },
  },
});

describe('openCode: rows of version 2 (from source)', () => {
  it('an attempt that is retried is a failure, each once', () => {
    const signals = read(row(rateLimited(1)), row(rateLimited(1)), row(rateLimited(2)));
    const brief = signals.map(signal => [
      signal.kind,
      signal.kind === 'requestFailed' && [signal.status, signal.text, signal.isFinal],
    ]);
    const failure = ['requestFailed', [429, 'Too many requests', undefined]];
    assert.deepEqual(brief, [failure, failure, failure]);
    assert.equal(new Set(signals.map(({ contentKey }) => contentKey)).size, 2);
  });

  it('the last failure is final, with status, text, provider and model', () => {
    const error = { type: 'provider.quota', message: QUOTA, status: 403 };
    const [signal, ...others] = read(row({ finish: 'error', error }));
    assert.ok(signal?.kind === 'requestFailed' && others.length === 0);
    const { at, session, model, status, text, isFinal, evidence } = signal;
    assert.deepEqual(
      { at, session, model, status, text, isFinal, providerId: evidence.providerId },
      {
        at: UPDATED,
        session: 'ses_1',
        model: 'k3',
        status: 403,
        text: QUOTA,
        isFinal: true,
        providerId: 'kimi-for-coding',
      },
    );
  });

  it('a response has its tokens, with those from the cache', () => {
    const tokens = { input: 10, output: 5, reasoning: 2, cache: { read: 100, write: 1 } };
    const time = { created: CREATED, completed: CREATED + 2000 };
    const [signal] = read(row({ finish: 'stop', time, tokens }));
    assert.ok(signal?.kind === 'requestEnded');
    const { at, inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = signal;
    assert.deepEqual(
      [at, inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens],
      [CREATED + 2000, 111, 5, 100, 1],
    );
  });

  it('a copy in a fork is the same failure', () => {
    const error = { type: 'provider.quota', message: QUOTA, status: 403 };
    const [one, other] = read(
      row({ finish: 'error', error }),
      row({ finish: 'error', error }, { id: 'msg_2', session_id: 'ses_2' }),
    );
    assert.equal(one?.contentKey, other?.contentKey);
  });

  it('what is no error of a provider is no failure', () => {
    const kinds = (...rows: string[]) => read(...rows).map(({ kind }) => kind);
    const aborted = { finish: 'error', error: { type: 'aborted', message: '429 Too many' } };
    assert.deepEqual(kinds(row(aborted)), ['requestEnded']);
    assert.deepEqual(kinds(row({})), []);
    assert.deepEqual(kinds(row({ ...rateLimited(1) }, { type: 'user' })), []);
    assert.deepEqual(kinds(row({}, { data: '{' })), []);
  });
});
