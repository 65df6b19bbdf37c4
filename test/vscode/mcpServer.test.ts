import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { commands, LanguageModelTextPart, lm } from 'vscode';
import type { KimiQuotaSnapshot } from '../../src/core/publicApi.ts';
import type { QuotaApi } from '../../src/vscode/quotaApi.ts';
import { activated, until, useSetting } from './inHost.ts';

const SERVER = 'kimi-quota.kimi-quota/Kimi Quota';
const TOOLS = [
  ...['explain_error', 'get_quota', 'is_it_safe_to_start'],
  ...['wait_until_open', 'what_failed', 'where_it_went'],
];
const PREFIX = /^mcp_kimi_quota_/;

/** The names of its tools that the editor has, without what it puts before them. */
const tools = (): string[] =>
  lm.tools
    .filter(({ name }) => PREFIX.test(name))
    .map(({ name }) => name.replace(PREFIX, ''))
    .toSorted();

/** What the editor runs: each process with this in its arguments. */
const processesOf = (program: string): { readonly args: string; readonly env: string }[] =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(id => {
      try {
        const [args, env] = ['cmdline', 'environ'].map(it =>
          readFileSync(`/proc/${id}/${it}`, 'utf8'),
        );
        return args?.includes(program) ? [{ args, env: env ?? '' }] : [];
      } catch {
        // It has ended, or belongs to another user.
        return [];
      }
    });

describe('the MCP server in a real editor', () => {
  let api: QuotaApi;
  useSetting('chat.disableAIFeatures', false);
  before(async () => {
    api = await activated();
    // The editor doesn't tell when it knows the server; the command then does nothing.
    await until(async () => {
      await commands.executeCommand('workbench.mcp.startServer', SERVER);
      return tools().length === TOOLS.length;
    }, 'the server has no tools');
  });
  after(() => commands.executeCommand('workbench.mcp.stopServer', SERVER));

  it('gives the agents of the editor the tools of kimi-quota mcp', () =>
    assert.deepEqual(tools(), TOOLS));

  // Newer versions list tools to extensions even where `when` keeps them from agents.
  if (process.env['KIMI_QUOTA_EDITOR_VERSION'] === 'oldest')
    it('takes the place of the language model tool', () =>
      assert.ok(!lm.tools.some(({ name }) => name === 'get_kimi_quota')));

  it('answers what this window has stored', async () => {
    const name = lm.tools.find(
      tool => PREFIX.test(tool.name) && /get_quota$/.test(tool.name),
    )!.name;
    const { content } = await lm.invokeTool(name, { input: {}, toolInvocationToken: undefined });
    const [part] = content;
    assert.ok(part instanceof LanguageModelTextPart);
    const [account] = (JSON.parse(part.value) as KimiQuotaSnapshot).accounts;
    const own = (await api.snapshot()).accounts[0]!;
    assert.deepEqual([account?.state, account?.parallelLimit], [own.state, own.parallelLimit]);
    assert.deepEqual(
      account?.windows.map(({ id, remainingPercent }) => [id, remainingPercent]),
      own.windows.map(({ id, remainingPercent }) => [id, remainingPercent]),
    );
  });

  if (process.platform === 'linux')
    it('runs with no key in its arguments and variables', () => {
      const key = process.env['KIMI_API_KEY'] ?? '';
      assert.match(key, /^sk-/);
      const [own, ...others] = processesOf('dist/mcp.mjs');
      assert.ok(own);
      assert.deepEqual(others, []);
      assert.match(own.env, /KIMI_QUOTA_ARCHIVE=.*kimi-quota\.db/);
      assert.ok(!`${own.args}${own.env}`.includes(key));
    });
});
