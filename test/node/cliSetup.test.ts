import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse as parseToml } from 'smol-toml';
import { buildCli, runCli } from '../support/cliProcess.ts';
import { KIMI_CODE_KEY } from '../support/kimiService/keys.ts';

const CONFIGS: Readonly<Record<string, readonly [file: string, text: string][]>> = {
  'claude-code': [
    ['.claude/settings.json', '{\n\t"model": "opus", // mine\n\t"hooks": { "Stop": [] }\n}\n'],
    ['.claude.json', `{"mcpServers":{"other":{"env":{"KEY":"${KIMI_CODE_KEY}"}}},"numStartups":3}`],
  ],
  'kimi-code': [
    [
      '.kimi-code/config.toml',
      'default_model = "kimi"\r\n\r\n[[hooks]]\r\nevent = "Stop"\r\ncommand = "x"\r\n',
    ],
    ['.kimi-code/mcp.json', '{\n  "mcpServers": {}\n}'],
  ],
  opencode: [
    ['.config/opencode/opencode.json', '{\n    "$schema": "https://opencode.ai/config.json"\n}\n'],
  ],
  codex: [['.codex/config.toml', 'model = "gpt"']],
  tmux: [['.tmux.conf', 'set -g mouse on\n']],
  starship: [['.config/starship.toml', 'add_newline = false\n']],
};

describe('cli: setup', () => {
  let home: string;
  before(async () => void (await buildCli()));
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'kimi-quota-setup-'));
  });
  afterEach(() => rm(home, { recursive: true, force: true, maxRetries: 5 }));

  const setup = (...args: string[]) =>
    runCli(
      ['setup', ...args],
      { HOME: home, USERPROFILE: home, LOCALAPPDATA: home, PATH: '' },
      { input: '' },
    );
  const read = (file: string) => readFile(join(home, file), 'utf8');
  async function write(files: readonly (readonly [file: string, text: string])[]): Promise<void> {
    for (const [file, text] of files) {
      await mkdir(dirname(join(home, file)), { recursive: true });
      await writeFile(join(home, file), text);
    }
  }

  for (const [agent, files] of Object.entries(CONFIGS)) {
    it(`${agent}: writes valid files once, and --undo restores every byte`, async () => {
      await write(files);
      const first = await setup(agent, '--yes');
      assert.deepEqual([first.code, first.stderr], [0, '']);
      assert.ok(first.stdout.includes('+'), first.stdout);
      assert.ok(!first.stdout.includes(KIMI_CODE_KEY.slice(-12)));
      for (const [file, before] of files) {
        const after = await read(file);
        assert.ok(after.length > before.length && after.includes('kimi-quota'), file);
        if (file.endsWith('.toml')) parseToml(after);
        if (before.includes('\r\n')) assert.doesNotMatch(after, /[^\r]\n/);
      }
      const written = await Promise.all(files.map(([file]) => read(file)));
      assert.match((await setup(agent, '--yes')).stdout, /Already set up/);
      assert.deepEqual(await Promise.all(files.map(([file]) => read(file))), written);
      assert.equal((await setup(agent, '--undo', '--yes')).code, 0);
      for (const [file, before] of files) assert.equal(await read(file), before);
      assert.match((await setup(agent, '--undo', '--yes')).stdout, /Nothing to undo/);
      const kept = await readdir(home, { recursive: true });
      assert.deepEqual(
        kept.filter(name => /\.(?:tmp|backup)$/.test(name)),
        [],
      );
    });

    it(`${agent}: creates missing files, and --undo removes them`, async () => {
      assert.equal((await setup(agent, '--yes')).code, 0);
      for (const [file] of files) assert.ok(existsSync(join(home, file)), file);
      assert.equal((await setup(agent, '--undo', '--yes')).code, 0);
      for (const [file] of files) assert.ok(!existsSync(join(home, file)), file);
    });

    it(`${agent}: --undo keeps what others have changed since`, async () => {
      await write(files);
      await setup(agent, '--yes');
      const [[file, before] = ['', '']] = files;
      const isJson = file.endsWith('.json');
      const mark = isJson ? ' ' : '# mine\n';
      await writeFile(join(home, file), `${await read(file)}${mark}`);
      assert.equal((await setup(agent, '--undo', '--yes')).code, 0);
      const after = await read(file);
      assert.ok(after.includes(mark) && !after.includes('kimi-quota'), after);
      assert.ok(isJson || after.startsWith(before.trimEnd()), after);
    });
  }

  for (const agent of ['claude-code', 'kimi-code'])
    it(`${agent}: --guard asks before each step, is taken back by a plain setup and by --undo`, async () => {
      const files = CONFIGS[agent]!;
      const [file] = files[0]!;
      await write(files);
      await setup(agent, '--yes');
      const usual = await read(file);
      assert.match(usual, /Agent/);
      assert.doesNotMatch(usual, /UserPromptSubmit/);
      await setup(agent, '--guard', '--yes');
      const guarded = await read(file);
      assert.match(guarded, /UserPromptSubmit/);
      assert.doesNotMatch(guarded, /Agent\b(?!s)/);
      assert.match((await setup(agent, '--guard', '--yes')).stdout, /Already set up/);
      await setup(agent, '--yes');
      assert.doesNotMatch(await read(file), /UserPromptSubmit/);
      await setup(agent, '--guard', '--yes');
      await setup(agent, '--undo', '--yes');
      for (const [name, before] of files) assert.equal(await read(name), before);
    });

  it('has no guard for a program without hooks', async () => {
    const { code, stderr } = await setup('codex', '--guard', '--yes');
    assert.equal(code, 2);
    assert.match(stderr, /setup --guard takes claude-code, kimi-code/);
  });

  it('changes nothing without a yes', async () => {
    const files = CONFIGS['tmux']!;
    await write(files);
    const { code, stdout } = await setup('tmux');
    assert.equal(code, 0);
    assert.match(stdout, /^\+set -ag status-right/m);
    assert.match(stdout, /Nothing was changed/);
    assert.equal(await read('.tmux.conf'), files[0]?.[1]);
  });

  it('leaves a file with a mistake alone', async () => {
    await write([['.config/opencode/opencode.json', '{ "mcp": ']]);
    const { code, stderr } = await setup('opencode', '--yes');
    assert.equal(code, 2);
    assert.match(stderr, /can't be changed safely/);
    assert.equal(await read('.config/opencode/opencode.json'), '{ "mcp": ');
  });

  it('keeps a status line that is there', async () => {
    const own = '{ "statusLine": { "type": "command", "command": "mine" } }';
    await write([['.claude/settings.json', own]]);
    await setup('claude-code', '--yes');
    assert.match(await read('.claude/settings.json'), /"command": "mine"/);
  });

  it('knows no other program', async () => {
    const { code, stderr } = await setup('emacs');
    assert.equal(code, 2);
    assert.match(stderr, /setup takes claude-code, kimi-code, opencode, codex, tmux, starship/);
  });
});
