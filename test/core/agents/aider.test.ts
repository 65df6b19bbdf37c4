import assert from 'node:assert/strict';
import { aider } from '../../../src/core/agents/aider.ts';
import { attribute } from '../../../src/core/agents/attribution.ts';
import { parseLocalTime } from '../../../src/core/base/time.ts';
import { failed, fixtureLines } from '../../support/agentLogs.ts';

const lines = fixtureLines('aider/history.md');
const FILE = { relativePath: '.aider.chat.history.md', format: 'history' };
const first = parseLocalTime('2026-06-14 18:12:02')!;
const second = parseLocalTime('2026-06-14 19:00:00')!;
const WRITTEN = second + 60_000;

function read(texts: readonly string[], writtenBy: number, memory?: string) {
  const reader = aider.createReader(FILE, memory);
  const record = { byteOffset: 0, isWhole: true };
  const signals = texts.flatMap(text => reader.read({ ...record, text }, writtenBy));
  return { failures: failed(signals), memory: reader.saveMemory() };
}

describe('aider: failures (from source)', () => {
  const { failures, memory } = read(lines, WRITTEN);

  it('are LiteLLM’s own lines, not a question or an answer that quotes one', () =>
    assert.deepEqual(
      failures.map(({ text, status, model, attemptCount }) => [
        text.slice(0, 22),
        status,
        model,
        attemptCount,
      ]),
      [
        ['Your account org-… <ak', 429, 'openai/kimi-k2.5', undefined],
        ['Your account org-… <ak', 429, 'openai/kimi-k2.5', undefined],
        ['Invalid Authentication', 401, 'moonshot/kimi-k3', 3],
      ],
    ));

  it('the class names the provider, unless it is only the protocol', () =>
    assert.deepEqual(
      failures.map(failure => attribute(failure).reason),
      ["Kimi's error text", "Kimi's error text", 'provider moonshot'],
    ));

  it('happened during their chat, up to the last change of the file', () =>
    assert.deepEqual(
      failures.map(({ at, notAfter }) => [at, notAfter]),
      [
        [first, WRITTEN],
        [first, WRITTEN],
        [second, WRITTEN],
      ],
    ));

  it('a failure added later has the time of the change', () => {
    const added = lines.filter(line => line.startsWith('> litellm.Auth'));
    const later = read(added, WRITTEN + 5000, memory).failures;
    assert.deepEqual([later[0]?.at, later[0]?.notAfter], [WRITTEN + 5000, undefined]);
    assert.notEqual(later[0]?.contentKey, failures[2]?.contentKey);
  });

  it('lines with an anchor are enough', () => {
    const some = lines.filter(line => aider.failureAnchors.some(anchor => line.includes(anchor)));
    assert.deepEqual(read(some, WRITTEN).failures, failures);
  });
});

describe('aider: places', () => {
  const roots = (workspaces?: readonly string[]) =>
    aider
      .sources({
        home: '/h',
        tmp: '/t',
        platform: 'linux',
        env: {},
        ...(workspaces && { workspaces }),
      })
      .map(({ root }) => root);

  it('are the workspace folders', () => {
    assert.deepEqual(roots(), []);
    assert.deepEqual(roots(['/w', '/v']), ['/w', '/v']);
  });
});
