import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { Explanation } from '../../src/core/explain/explain.ts';
import { buildCli, runCli, type Run } from '../support/cliProcess.ts';

const CONCURRENCY =
  "403 You've reached your concurrent request limit. Please wait for your ongoing requests to finish and try again.";

/** Runs `explain` with a text on its standard input. */
async function explainInput(args: readonly string[], input: string): Promise<Run> {
  const file = await buildCli();
  return new Promise(resolve => {
    const child = execFile(process.execPath, [file, 'explain', ...args], (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
    child.stdin?.end(input);
  });
}

describe('cli: explain', () => {
  let folder: string;

  before(async () => {
    await buildCli();
    folder = mkdtempSync(join(tmpdir(), 'kimi-quota-explain-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

  for (const args of [[], ['-']])
    it(`reads the standard input with ${JSON.stringify(args)}`, async () => {
      const { stdout, code } = await explainInput(args, CONCURRENCY);
      assert.match(stdout, /^Too many parallel requests\.\nCategory: concurrency\n/);
      assert.match(stdout, /\nYour Kimi account: yes\n/);
      assert.match(stdout, /\n\nToo many parallel requests\..+\n- .+\n/);
      assert.equal(code, 0);
    });

  it('reads a file, and sends no request', async () => {
    const path = join(folder, 'error.txt');
    writeFileSync(path, CONCURRENCY);
    const { stdout, code } = await runCli(['explain', '--json', path], {});
    const { explanation, ...answer } = JSON.parse(stdout) as { explanation: Explanation };
    assert.equal(explanation.title, 'Too many parallel requests');
    assert.equal(explanation.original, CONCURRENCY);
    assert.deepEqual(answer, {
      isKimi: true,
      category: 'concurrency',
      rule: 'says-concurrency',
      confidence: 'high',
      fields: { status: 403 },
    });
    assert.equal(code, 0);
  });

  it('names the gateway that passed the error text of Kimi on', async () => {
    const { stdout } = await explainInput(
      [],
      '{"errorMessage":"429 Your account is suspended due to insufficient balance, please recharge your account or check your plan and billing details"}',
    );
    assert.match(
      stdout,
      /\nYour Kimi account: unclear \(error text of Kimi, passed on by the gateway errorMessage proxy\)/,
    );
  });

  it('explains a quoted error text and marks it as a possible quote', async () => {
    const line = 'const BUSY = "You\'ve reached your concurrent request limit. Please wait";';
    const { stdout } = await explainInput([], line);
    assert.match(stdout, /^Too many parallel requests\.\nCategory: concurrency\n/);
    assert.match(stdout, /\nThis text may be a quote/);
    const { stdout: json } = await explainInput(['--json'], line);
    assert.equal((JSON.parse(json) as { isQuoted?: boolean }).isQuoted, true);
  });

  it('reports that nothing is an error', async () => {
    const { stdout } = await explainInput(['--json'], 'all is well');
    const { category, rule } = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual([category, rule], ['not_an_error', null]);
  });

  it('answers JSON lines one by one, with their metadata', async () => {
    const lines = [
      { id: 'a', raw: CONCURRENCY, agent: 'somebody' },
      { id: 'b', raw: '429 Too Many Requests', meta: { provider: 'moonshot', threadTruth: 'x' } },
      { id: 3, raw: '429 Too Many Requests', meta: { provider: null } },
    ];
    const { stdout, code } = await explainInput(
      ['--jsonl'],
      `${lines.map(line => JSON.stringify(line)).join('\n')}\n\n`,
    );
    const answers = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(
      answers.map(({ id, isKimi, category }) => [id, isKimi, category]),
      [
        ['a', true, 'concurrency'],
        ['b', true, 'rate_limited_ambiguous'],
        [3, 'unknown', 'rate_limited_ambiguous'],
      ],
    );
    assert.deepEqual(Object.keys(answers[0] ?? {}), [
      'id',
      'isKimi',
      'category',
      'rule',
      'confidence',
      'fields',
    ]);
    assert.equal(code, 0);
  });

  it('reports an invalid line and answers the others', async () => {
    const { stdout, stderr, code } = await explainInput(
      ['--jsonl'],
      `no\n${JSON.stringify({ id: 'a', raw: '' })}\n`,
    );
    assert.match(stderr, /line 1 is not/);
    assert.match(stdout, /"id":"a"/);
    assert.equal(code, 2);
  });

  it('answers a JSON line before the next one comes', async () => {
    const child = spawn(process.execPath, [await buildCli(), 'explain', '--jsonl']);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    for (const id of ['a', 'b']) {
      child.stdin.write(`${JSON.stringify({ id, raw: CONCURRENCY })}\n`);
      const { value } = await lines.next();
      assert.equal((JSON.parse(String(value)) as { id: string }).id, id);
    }
    child.stdin.end();
    assert.deepEqual(await once(child, 'exit'), [0, null]);
  });

  it('ends with an endless input, and reads at most 1 MB', async () => {
    const child = spawn(process.execPath, [await buildCli(), 'explain']);
    const words = Buffer.from(`${CONCURRENCY}\n`.repeat(500));
    child.stdin.on('error', () => undefined);
    const write = (): void => {
      while (child.stdin.writable && child.stdin.write(words));
    };
    child.stdin.on('drain', write);
    write();
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
    assert.match(out, /^Too many parallel requests\./);
    assert.equal(err, 'kimi-quota: Only the first 1 MB is read.\n');
  });

  it('reports a JSON line that is too long, and answers the others', async () => {
    const long = 'x'.repeat(3 * 1024 * 1024);
    const { stdout, stderr, code } = await explainInput(
      ['--jsonl'],
      `${long}\n${JSON.stringify({ id: 'a', raw: '' })}\n`,
    );
    assert.match(stderr, /^kimi-quota: line 1 is not/);
    assert.match(stdout, /^{"id":"a"/);
    assert.equal(code, 2);
  });

  const littleEndian = Buffer.from(`\ufeff${CONCURRENCY}`, 'utf16le');
  const encodings: [name: string, bytes: Buffer][] = [
    ['UTF-8 with a mark', Buffer.from(`\ufeff${CONCURRENCY}`)],
    ['UTF-16 LE', littleEndian],
    ['UTF-16 BE', Buffer.from(littleEndian).swap16()],
    ['UTF-16 LE without a mark', littleEndian.subarray(2)],
    ['UTF-16 BE without a mark', Buffer.from(littleEndian.subarray(2)).swap16()],
  ];
  for (const [name, bytes] of encodings)
    it(`reads ${name}`, async () => {
      const path = join(folder, 'error.txt');
      writeFileSync(path, bytes);
      const { stdout } = await runCli(['explain', '--json', path], {});
      const { category, explanation } = JSON.parse(stdout) as {
        category: string;
        explanation: Explanation;
      };
      assert.deepEqual([category, explanation.original], ['concurrency', CONCURRENCY]);
    });

  const wrong: [args: string[], words: RegExp][] = [
    [['explain', join('no', 'such', 'file')], /cannot be read \(ENOENT\)/],
    [['explain', 'a', 'b'], /explain takes one file\. See kimi-quota explain --help/],
  ];
  for (const [args, words] of wrong)
    it(`refuses ${args.join(' ')} with exit code 2`, async () => {
      const { stderr, code } = await runCli(args, {});
      assert.match(stderr, words);
      assert.equal(code, 2);
    });
});
