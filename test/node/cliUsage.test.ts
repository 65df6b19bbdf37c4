import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { MINUTE_MS } from '../../src/core/base/time.ts';
import { useFolder } from '../support/archiveFixture.ts';
import { runCli } from '../support/cliProcess.ts';

const AT = Date.now() - 10 * MINUTE_MS;

interface Answer {
  readonly id: string;
  readonly output?: number;
  readonly model?: string;
  readonly cwd?: string;
}

/** One record of a response in a transcript of Claude Code. */
function record({ id, output = 5, model = 'kimi-for-coding', cwd = '/srv/demo' }: Answer) {
  return `${JSON.stringify({
    type: 'assistant',
    timestamp: new Date(AT).toISOString(),
    sessionId: 's1',
    cwd,
    message: {
      id,
      model,
      usage: {
        input_tokens: 30,
        cache_read_input_tokens: 60,
        cache_creation_input_tokens: 10,
        output_tokens: output,
      },
    },
  })}\n`;
}

describe('kimi-quota usage', () => {
  const inFolder = useFolder();
  const write = (path: string, ...answers: Answer[]): void => {
    const file = inFolder('home', '.claude', 'projects', '-srv-demo', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, answers.map(record).join(''));
  };
  const usage = async (...args: string[]) =>
    runCli(['usage', '--home', inFolder('home'), ...args], {});
  beforeEach(() => mkdirSync(inFolder('tmp')));

  it('counts each response once, with its last output, however many records and files have it', async () => {
    const first = { id: 'a', output: 2 };
    write('s1.jsonl', first, { id: 'b' }, { id: 'a', output: 9 }, { id: 'a', output: 9 });
    write('s2.jsonl', first, { id: 'a', output: 9 });
    write('s1/subagents/agent-x.jsonl', { id: 'c' });
    const { stdout, code } = await usage('--json');
    assert.equal(code, 0);
    const { groups, source } = JSON.parse(stdout) as { groups: unknown[]; source: string };
    assert.equal(source, 'logs');
    assert.deepEqual(groups, [
      {
        agent: 'claude-code',
        answers: 3,
        failures: 0,
        retries: 0,
        tokens: { input: 90, cacheRead: 180, cacheWrite: 30, output: 19, total: 319 },
        subagentTokens: 105,
      },
    ]);
  });

  it('groups by project and model, and runs no formula in a spreadsheet', async () => {
    write(
      's1.jsonl',
      { id: 'a', cwd: '/x/=cmd, "1"' },
      { id: 'b', model: 'k3', cwd: 'C:\\y\\项目' },
    );
    const byProject = await usage('--by', 'project', '--csv');
    assert.deepEqual(
      byProject.stdout.split('\n').map(line => line.replace(/,\d.*/, '')),
      [
        'project,answers,input,cache_read,cache_write,output,total,by_subagents,failures,retries',
        `"'=cmd, ""1"""`,
        '项目',
        '',
      ],
    );
    const byModel = await usage('--by', 'model', '--lang', 'zh-cn');
    assert.match(byModel.stdout, /响应 .*合计[^]*k3 .*105[^]*全部 .*210/);
  });

  it('says when nothing is found, and names a wrong value', async () => {
    mkdirSync(inFolder('home'), { recursive: true });
    assert.match((await usage()).stdout, /^No tokens found/);
    const { code, stderr } = await usage('--by', 'hour');
    assert.equal(code, 2);
    assert.match(stderr, /--by takes agent/);
  });
});
