import assert from 'node:assert/strict';
import { buildCli, runCli } from '../support/cliProcess.ts';
import { incidentOf } from '../support/incidents.ts';
import { createMachineHome, type MachineHome } from '../support/machineHome.ts';
import { HOUR_MS } from '../support/quotaViews.ts';

interface Row {
  readonly fact: string;
  readonly args: readonly string[];
  readonly code: number;
  readonly stdout?: RegExp;
  readonly stderr?: RegExp;
}

const rows: readonly Row[] = [
  {
    fact: 'has the numbers and the reset of the tightest quota',
    args: ['--line'],
    code: 0,
    stdout: /^5h 60% · wk 80% · resets in [\d hmin]+\n$/,
  },
  {
    fact: 'is Chinese with --lang',
    args: ['--line', '--lang', 'zh-cn'],
    code: 0,
    stdout: /^5h 60% · 周 80% · .+后重置\n$/,
  },
  {
    fact: 'accepts an age',
    args: ['--line', '--max-age', '60'],
    code: 0,
    stdout: /^5h 60%/,
  },
  {
    fact: 'gives way to JSON',
    args: ['--line', '--json'],
    code: 0,
    stdout: /^\{\n {2}"schema": 1/,
  },
  {
    fact: 'suggests the nearest option',
    args: ['--lin'],
    code: 2,
    stderr: /Did you mean --line\?/,
  },
  { fact: 'refuses an operand', args: ['--line', 'x'], code: 2, stderr: /check takes no file/ },
  {
    fact: 'refuses an option without its value',
    args: ['--line', '--max-age'],
    code: 2,
    stderr: /--max-age <SECONDS> needs a value/,
  },
  {
    fact: 'refuses another language',
    args: ['--line', '--lang', 'tlh'],
    code: 2,
    stderr: /--lang takes en or zh-cn/,
  },
];

describe('cli: check --line from the archive', () => {
  let machine: MachineHome;
  before(async () => {
    await buildCli();
    machine = await createMachineHome({
      windows: [
        { id: '5h', usedPercent: 40, resetsAt: Date.now() + HOUR_MS },
        { id: 'week', usedPercent: 20, resetsAt: Date.now() + 50 * HOUR_MS },
      ],
      inFlight: 0,
    });
  });
  after(() => machine.dispose());

  for (const { fact, args, code, stdout = /^$/, stderr = /^$/ } of rows)
    it(fact, async () => {
      const run = await runCli(['check', ...args], machine.env);
      assert.match(run.stdout, stdout);
      assert.match(run.stderr, stderr);
      assert.equal(run.code, code);
    });

  it('names an ongoing incident in place of numbers', async () => {
    const now = Date.now();
    const failing = await createMachineHome({
      windows: [{ id: '5h', usedPercent: 40, resetsAt: now + HOUR_MS }],
      incidents: [incidentOf('i', { from: now - 5000, to: now - 1000 })],
    });
    try {
      const { stdout } = await runCli(['check', '--line'], failing.env);
      assert.doesNotMatch(stdout, /60%|resets/);
      assert.match(stdout, /\S/);
    } finally {
      await failing.dispose();
    }
  });

  it('ends without an error with a used-up quota: a status line would show nothing', async () => {
    const windows = [{ id: '5h', usedPercent: 100, resetsAt: Date.now() + HOUR_MS }];
    const spent = await createMachineHome({ windows });
    try {
      const { stdout, code } = await runCli(['check', '--line'], spent.env);
      assert.match(stdout, /^5h used up · resets /);
      assert.equal(code, 0);
    } finally {
      await spent.dispose();
    }
  });

  it('asks for a key where nothing is stored', async () => {
    const empty = await createMachineHome();
    try {
      const { stderr, code } = await runCli(['check', '--line'], empty.env);
      assert.match(stderr, /No key: set KIMI_API_KEY/);
      assert.equal(code, 2);
    } finally {
      await empty.dispose();
    }
  });
});
