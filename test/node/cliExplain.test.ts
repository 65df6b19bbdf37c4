import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Explanation } from '../../src/core/incidents/explanation.ts';
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
      assert.match(stdout, /^Too many requests at once\.\nCategory: concurrency\n/);
      assert.match(stdout, /\nYour Kimi account: yes\n/);
      assert.match(stdout, /\n\nToo many requests at once\..+\n- .+\n/);
      assert.equal(code, 0);
    });

  it('reads a file, and asks nobody', async () => {
    const path = join(folder, 'error.txt');
    writeFileSync(path, CONCURRENCY);
    const { stdout, code } = await runCli(['explain', '--json', path], {});
    const { explanation, ...answer } = JSON.parse(stdout) as { explanation: Explanation };
    assert.equal(explanation.title, 'Too many requests at once');
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

  it('says whose words they are where a program in between wrote them', async () => {
    const { stdout } = await explainInput(
      [],
      '{"errorMessage":"429 Your account is suspended due to insufficient balance, please recharge your account or check your plan and billing details"}',
    );
    assert.match(stdout, /\nYour Kimi account: Kimi's words, passed on by a gateway \(/);
  });

  it('names quoted words, and says that they may only be quoted', async () => {
    const line = 'const BUSY = "You\'ve reached your concurrent request limit. Please wait";';
    const { stdout } = await explainInput([], line);
    assert.match(stdout, /^Too many requests at once\.\nCategory: concurrency\n/);
    assert.match(stdout, /\nThese words may only be quoted/);
    const { stdout: json } = await explainInput(['--json'], line);
    assert.equal((JSON.parse(json) as { isQuoted?: boolean }).isQuoted, true);
  });

  it('says that nothing is an error', async () => {
    const { stdout } = await explainInput(['--json'], 'all is well');
    const { category, rule } = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual([category, rule], ['not_an_error', null]);
  });

  it('answers JSON lines one by one, with what is known beside the text', async () => {
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

  it('names a line that is none and answers the others', async () => {
    const { stdout, stderr, code } = await explainInput(
      ['--jsonl'],
      `no\n${JSON.stringify({ id: 'a', raw: '' })}\n`,
    );
    assert.match(stderr, /line 1 is not/);
    assert.match(stdout, /"id":"a"/);
    assert.equal(code, 2);
  });

  const wrong: [args: string[], words: RegExp][] = [
    [['explain', join('no', 'such', 'file')], /cannot be read \(ENOENT\)/],
    [['explain', 'a', 'b'], /The commands are/],
    [['explain', '--line'], /belong to check/],
    [['check', '--jsonl'], /belongs to explain/],
  ];
  for (const [args, words] of wrong)
    it(`refuses ${args.join(' ')} with exit code 2`, async () => {
      const { stderr, code } = await runCli(args, {});
      assert.match(stderr, words);
      assert.equal(code, 2);
    });
});
