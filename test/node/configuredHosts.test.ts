import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ConfiguredHosts } from '../../src/node/configuredHosts.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { batch, failed } from '../support/tailBatches.ts';

const KEY = 'sk-kimi-that-must-not-leave-its-file';
const settings = (url: string): string =>
  JSON.stringify({ env: { ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: KEY } });

describe('ConfiguredHosts', () => {
  const clock = new FakeClock();
  let home: string;
  let hosts: ConfiguredHosts;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'kimi-quota-hosts-'));
    const surroundings = { home, tmp: tmpdir(), platform: 'linux', env: {} } as const;
    hosts = new ConfiguredHosts({ surroundings, folders: [join(home, 'project')], clock });
  });
  afterEach(() => rm(home, { recursive: true, force: true, maxRetries: 5 }));

  /** Writes a file that was last changed `at`, in seconds. */
  async function write(path: string, text: string, at: number): Promise<void> {
    const file = join(home, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(`${file}.new`, text);
    await utimes(`${file}.new`, at, at);
    await rename(`${file}.new`, file);
  }
  async function read(): Promise<string[]> {
    await clock.advance(1_000);
    return (await hosts.read()).map(({ agent, host, since }) => `${agent} ${host} ${since}`);
  }

  it('gives the hosts of every agent, since their files were changed, and no key', async () => {
    await write('.claude/settings.json', settings('https://api.kimi.com/coding/'), 100);
    await write(
      '.codex/config.toml',
      '[model_providers.kimi]\nbase_url = "https://a.example"',
      200,
    );
    await write(
      '.continue/config.yaml',
      'models:\n  - provider: p\n    apiBase: https://b.example',
      300,
    );
    assert.deepEqual(await read(), [
      'claude-code api.kimi.com 100000',
      'codex a.example 200000',
      'continue b.example 300000',
    ]);
    assert.ok(!JSON.stringify(await hosts.read()).includes(KEY));
  });

  it('reads a file again when it has changed, and forgets one that has gone', async () => {
    await write('.claude/settings.json', settings('https://a.example'), 100);
    assert.deepEqual(await read(), ['claude-code a.example 100000']);
    await write('.claude/settings.json', settings('https://b.example'), 200);
    assert.deepEqual(await read(), ['claude-code b.example 200000']);
    await write('.claude/settings.json', settings('https://b.example/v1'), 300);
    assert.deepEqual(await read(), ['claude-code b.example 200000']);
    await rm(join(home, '.claude/settings.json'));
    assert.deepEqual(await read(), []);
  });

  it('has no host if a workspace folder configures another one', async () => {
    await write('.claude/settings.json', settings('https://a.example'), 100);
    await write('project/.claude/settings.local.json', settings('https://b.example'), 100);
    assert.deepEqual(await read(), []);
  });

  it('takes links, folders, broken and huge files for none', async function () {
    if (process.platform === 'win32') this.skip();
    await write('elsewhere.json', settings('https://a.example'), 100);
    await mkdir(join(home, '.claude'));
    await symlink(join(home, 'elsewhere.json'), join(home, '.claude/settings.json'));
    await mkdir(join(home, '.codex/config.toml'), { recursive: true });
    await write('.kimi-code/config.toml', `[providers.x]\napi_key = "${KEY}`, 100);
    const padding = ' '.repeat(300_000);
    await write(
      '.qwen/settings.json',
      `${padding}{"security":{"auth":{"baseUrl":"https://a.example"}}}`,
      1,
    );
    assert.deepEqual(await read(), []);
  });

  it('notes the host with failures that came after it was configured', async () => {
    await write('.claude/settings.json', settings('https://api.kimi.com'), 100);
    const signals = [99_000, 101_000].map(at =>
      failed(`${at}`, { agent: 'claude-code', at, evidence: {} }),
    );
    const noted = await hosts.noteIn(batch(signals));
    assert.deepEqual(
      noted.signals.map(({ signal }) => signal.evidence),
      [{}, { configuredHost: 'api.kimi.com' }],
    );
  });
});
