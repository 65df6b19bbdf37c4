import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMMANDS } from '../../src/cli/commands.ts';
import { english } from '../../src/core/base/format.ts';
import { buildCli, runCli } from '../support/cliProcess.ts';
import { createMachineHome, type MachineHome } from '../support/machineHome.ts';
import { HOUR_MS } from '../support/quotaViews.ts';
import { ROOT } from '../support/tidy/files.ts';

/** Commands that stay, send requests, or change files: only their options are checked, and their help runs. */
const STAYS: ReadonlySet<string> = new Set(['watch', 'mcp', 'test', 'doctor', 'setup']);

/** A call in a text: the words after `kimi-quota` up to what belongs to the shell. */
const callsIn = (text: string): string[] =>
  [...text.matchAll(/\bkimi-quota ((?!COMMAND)[a-z]+(?: [^`#|>&)"\n]*)?)/g)].map(([, call = '']) =>
    call.replace(/;.*$/, '').trim(),
  );

/** The blocks of code, and code within sentences; headings have placeholders. */
function documentedCalls(): string[] {
  const page = readFileSync(join(ROOT, 'docs/cli.md'), 'utf8');
  const blocks = [...page.matchAll(/^```\w*\n([\s\S]*?)^```/gm)].map(([, code = '']) => code);
  const helps = COMMANDS.flatMap(({ texts }) => texts(english).examples.map(([call]) => call));
  return [...new Set([...blocks, ...helps].flatMap(callsIn))];
}

/** What a shell makes of it. */
const wordsOf = (call: string): string[] =>
  [...call.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '');

describe('docs/cli.md and the examples of --help', () => {
  const calls = documentedCalls();
  let machine: MachineHome;
  before(async () => {
    await buildCli();
    // Nothing is used: no wait takes time.
    const windows = [{ id: '5h', usedPercent: 0, resetsAt: Date.now() + HOUR_MS }];
    machine = await createMachineHome({ windows, inFlight: 0 });
  });
  after(() => machine.dispose());

  it('have examples of most commands', () => {
    const shown = new Set(calls.map(call => call.split(' ')[0]));
    assert.ok(shown.size >= 15, [...shown].join(', '));
  });

  for (const call of calls)
    it(`kimi-quota ${call}`, async () => {
      const words = wordsOf(call);
      const end = words.indexOf('--');
      const args = end < 0 ? words : words.slice(0, end);
      const known = COMMANDS.find(({ name }) => name === args[0])?.options ?? {};
      for (const arg of args.filter(each => each.startsWith('--')))
        assert.ok(Object.hasOwn(known, arg.slice(2)), `${arg} is no option of ${args[0]}`);
      if (STAYS.has(args[0] ?? '') || args.includes('--listen')) args.push('--help');
      const { code, stderr } = await runCli(args, machine.env, { input: '', cwd: machine.home });
      assert.doesNotMatch(stderr, /Unknown option|isn't a command|takes |needs a value|Internal/);
      assert.notEqual(code, 70);
    });
});
