import assert from 'node:assert/strict';
import type { TerminalError } from '../../../src/core/agents/terminalError.ts';
import {
  RESUME_MS,
  SAME_ERROR_MS,
  TerminalOutput,
  RecentErrors,
} from '../../../src/core/agents/terminalOutput.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const CLAUDE = { agent: 'claude-code', isResumed: false } as const;
const BUSY = "We're receiving too many requests at the moment. Please wait a moment and try again.";
const WEEK = "You've reached your weekly (7-day) usage limit for this billing cycle.";
const BODY = `429 {"type":"error","error":{"type":"rate_limit_error","message":"${BUSY}"}}`;

const output = (recent = new RecentErrors()): TerminalOutput =>
  new TerminalOutput(CLAUDE, recent, NOW);

/** The errors in these chunks, including the unfinished last line. */
function find(chunks: readonly string[]): TerminalError[] {
  const reading = output();
  return [...chunks.flatMap(chunk => reading.push(chunk, NOW)), ...reading.flush(NOW)];
}
const error = (text: string, more: Partial<TerminalError> = {}): TerminalError => ({
  at: NOW,
  agent: 'claude-code',
  ...more,
  text,
});
const LIMITED = error(BUSY, { status: 429, errorType: 'rate_limit_error' });

describe('TerminalOutput: what it finds', () => {
  const cases: [fact: string, written: string, found: TerminalError[]][] = [
    ['a body in a line', `API Error: ${BODY}\r\n`, [LIMITED]],
    [
      'a colored error text in a frame',
      `\x1b]633;C\x07╭────╮\r\n\x1b[31m│ ⎿  API Error: ${BODY} │\x1b[0m\r\n╰────╯\r\n`,
      [LIMITED],
    ],
    [
      'a message that waits for a retry',
      `  ⎿  API Error (${BODY}) · Retrying in 3 seconds… (attempt 4/10)\n`,
      [LIMITED],
    ],
    [
      'an error text with cursor movements as spaces, without a line break',
      `\x1b[2J\x1b[5;1HAPI Error: ${BODY.replaceAll(' ', '\x1b[1C')}\x1b[6;1H`,
      [LIMITED],
    ],
    [
      'the error text of a Python SDK',
      `LLM provider error: Error code: 403 - {'error': {'message': "${WEEK}", 'type': 'access_terminated_error'}}\n`,
      [error(WEEK, { status: 403, errorType: 'access_terminated_error' })],
    ],
    ['only Kimi’s error text', `${WEEK}\n`, [error(WEEK)]],
    [
      'an error text wrapped by a narrow window',
      "│ 429 We're receiving too many │\r\n│ requests at the moment. Please wait. │\r\n",
      [error("We're receiving too many requests at the moment. Please wait.", { status: 429 })],
    ],
    [
      'two errors',
      `API Error: ${BODY}\nAPI Error: 403 ${WEEK}\n`,
      [LIMITED, error(WEEK, { status: 403 })],
    ],
    ['nothing in text about errors', '● A 429 rate limit error means too many requests.\n', []],
    ['nothing in code', '+  if (error.status === 429) throw new RateLimitError("too many");\n', []],
    ['nothing in common errors', 'npm error code ECONNREFUSED\nHTTP 500\n', []],
    ['nothing in other output', 'hello\n429 files were read\n', []],
  ];
  for (const [fact, written, found] of cases)
    it(fact, () => assert.deepEqual(find([written]), found));

  it('masks text that looks like a key', () => {
    const [found] = find([`API Error: 401 invalid key sk-kimi-${'a1B2c3D4'.repeat(6)}\n`]);
    assert.ok(!JSON.stringify(found ?? '').includes('a1B2c3D4'));
  });
});

describe('TerminalOutput: chunks', () => {
  const written = `\x1b]633;C\x07ok\r\n\x1b[1;31m⎿ API\x1b[1CError: ${BODY}\x1b[0m\x1b[K\r\n\x1b[7;2Hdone`;

  it('finds the same wherever a chunk ends', () => {
    for (let cut = 1; cut < written.length; cut++)
      assert.deepEqual(find([written.slice(0, cut), written.slice(cut)]), [LIMITED], `at ${cut}`);
  });

  it('finds the same in chunks of any size', () => {
    for (let size = 1; size <= 64; size++)
      assert.deepEqual(find(written.match(new RegExp(`[^]{1,${size}}`, 'g'))!), [LIMITED]);
  });

  it('limits an endless line, and continues after it', () => {
    const endless = Array.from({ length: 64 }, () => 'x'.repeat(64 * 1024));
    assert.deepEqual(find([...endless, '\n', `API Error: ${BODY}\n`]), [LIMITED]);
  });
});

describe('TerminalOutput: reported errors', () => {
  it('the same error text is not reported again while it is repainted', () => {
    const recent = new RecentErrors();
    const reading = output(recent);
    const other = output(recent);
    const at = (ms: number, from = reading) =>
      from.push(`API Error: ${BODY} (attempt ${ms})\n`, NOW + ms).length;
    assert.equal(at(0), 1);
    assert.equal(at(SAME_ERROR_MS), 0);
    assert.equal(at(2 * SAME_ERROR_MS, other), 0, 'in another terminal');
    assert.equal(at(3 * SAME_ERROR_MS + 1), 1);
  });

  it('the same error text of another agent is another error', () => {
    const recent = new RecentErrors();
    const codex = new TerminalOutput({ agent: 'codex', isResumed: false }, recent, NOW);
    assert.equal(output(recent).push(`${BODY}\n`, NOW).length, 1);
    assert.equal(codex.push(`${BODY}\n`, NOW).length, 1);
  });

  it('the first output of a resumed session is not reported again', () => {
    const resumed = new TerminalOutput({ ...CLAUDE, isResumed: true }, new RecentErrors(), NOW);
    assert.deepEqual(resumed.push(`API Error: ${BODY}\n`, NOW + RESUME_MS - 1), []);
    assert.deepEqual(resumed.push(`API Error: ${BODY}\n`, NOW + RESUME_MS), []);
    assert.equal(resumed.push(`API Error: 403 ${WEEK}\n`, NOW + RESUME_MS).length, 1);
  });
});
