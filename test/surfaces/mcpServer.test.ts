import assert from 'node:assert/strict';
import { lm, Uri } from 'vscode';
import { mcpServer } from '../../src/vscode/mcpServer.ts';
import { registerMcpServer } from '../../src/vscode/registerMcpServer.ts';
import manifest from '../../package.json' with { type: 'json' };
import { editor } from '../support/vscode/fakeEditor.ts';
import { createTestContext, type TestContext } from '../support/vscode/testContext.ts';

const KEYS = ['KIMI_API_KEY', 'MOONSHOT_API_KEY'];
const desktop = { execPath: '/editor/helper', versions: { node: '22.20.0', electron: '37.6.0' } };
const remote = { execPath: '/server/node', versions: { node: '22.20.0' } };
type Runtime = NonNullable<Parameters<typeof mcpServer>[1]>;

describe('the MCP server of the editor', () => {
  let test: TestContext;
  before(async () => {
    Object.assign(globalThis, { __VERSION__: '1.0.0' });
    test = await createTestContext();
  });
  after(() => test.dispose());

  const definitionOf = (runtime: object, language = 'en') =>
    mcpServer(
      {
        ...test.context,
        extensionUri: Uri.file('/extension'),
        locale: { ...test.context.locale, language },
      },
      runtime as Runtime,
    );

  for (const [where, runtime, electron] of [
    ['on the desktop', desktop, '1'],
    ['on a server', remote, undefined],
  ] as const)
    it(`runs with the editor's Node.js ${where}, on the archive of its windows`, () => {
      const { command, args, env, label, version } = definitionOf(runtime);
      assert.equal(command, runtime.execPath);
      assert.deepEqual(args, ['/extension/dist/mcp.mjs', '--lang', 'en']);
      assert.equal(env['ELECTRON_RUN_AS_NODE'], electron);
      assert.equal(env['KIMI_QUOTA_ARCHIVE'], '/storage/kimi-quota.db');
      assert.deepEqual([label, version], ['Kimi Quota', '1.0.0']);
    });

  for (const [language, expected] of [
    ['zh-cn', 'zh-cn'],
    ['zh-CN', 'zh-cn'],
    ['zh-tw', 'en'],
    ['de', 'en'],
  ] as const)
    it(`answers in ${expected} where the editor is in ${language}`, () =>
      assert.deepEqual(definitionOf(desktop, language).args.slice(1), ['--lang', expected]));

  it('gets no key, and none of the environment of the editor', () => {
    const { command, args, env } = definitionOf(desktop);
    const canary = 'sk-kimi-canary';
    const inherited = Object.fromEntries(KEYS.map(name => [name, canary]));
    const own = Object.entries({ ...inherited, ...env }).filter(([, value]) => value !== null);
    assert.deepEqual(
      own.map(([name]) => name),
      ['KIMI_QUOTA_ARCHIVE', 'ELECTRON_RUN_AS_NODE'],
    );
    assert.doesNotMatch(JSON.stringify([command, args, own]), /sk-/);
  });

  const { languageModelTools, mcpServerDefinitionProviders } = manifest.contributes;
  const [provider] = mcpServerDefinitionProviders;

  it('is provided under the id of the manifest', async () => {
    registerMcpServer(test.context);
    const { provideMcpServerDefinitions } = editor.providers.get(provider!.id) as unknown as {
      provideMcpServerDefinitions(): Promise<readonly { readonly label: string }[]>;
    };
    const definitions = await provideMcpServerDefinitions();
    assert.deepEqual(
      definitions.map(({ label }) => label),
      ['Kimi Quota'],
    );
    assert.equal(editor.contextKeys.get('kimiQuota.hasMcp'), true);
  });

  it('leaves the language model tool in an editor without MCP', async () => {
    const { registerMcpServerDefinitionProvider } = lm;
    editor.reset();
    try {
      Object.assign(lm, { registerMcpServerDefinitionProvider: undefined });
      registerMcpServer(test.context).dispose();
      assert.equal(editor.providers.size, 0);
      assert.equal(editor.contextKeys.has('kimiQuota.hasMcp'), false);
    } finally {
      Object.assign(lm, { registerMcpServerDefinitionProvider });
    }
    const [tool] = languageModelTools;
    assert.equal(provider?.when, 'kimiQuota.hasKey');
    assert.match(tool?.when ?? '', /^kimiQuota\.hasKey && \(!kimiQuota\.hasMcp \|\| /);
  });
});
