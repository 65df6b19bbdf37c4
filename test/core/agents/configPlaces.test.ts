import assert from 'node:assert/strict';
import type { Surroundings } from '../../../src/core/agents/agent.ts';
import { CONFIG_PLACES, type ConfigForm } from '../../../src/core/agents/configPlaces.ts';
import type { AgentId } from '../../../src/core/agents/signal.ts';
import { parseConfig } from '../../../src/node/parseConfig.ts';

const KEY = 'sk-kimi-that-must-not-leave-its-file';
const MACHINES: Readonly<Record<Surroundings['platform'], Omit<Surroundings, 'env'>>> = {
  linux: { platform: 'linux', home: '/h', tmp: '/tmp' },
  darwin: { platform: 'darwin', home: '/h', tmp: '/tmp' },
  win32: { platform: 'win32', home: 'C:\\h', tmp: 'C:\\tmp' },
};

const WORK_HOME = 'kimi-desktop/daimon-share/daimon/runtime/kimi-code/home';
const KIMI_WORK = `${WORK_HOME}/config.toml`;

describe('CONFIG_PLACES: where files are', () => {
  const pathsOf = (
    agent: AgentId,
    platform: Surroundings['platform'],
    env: Surroundings['env'] = {},
  ): string[] =>
    CONFIG_PLACES.flatMap(place => {
      if (place.agent !== agent || place.at === 'environment') return [];
      const path = place.at === 'user' ? place.path({ ...MACHINES[platform], env }) : place.path;
      return path === '' ? [] : [path];
    });
  const cases: [AgentId, Surroundings['platform'], Surroundings['env'], string[]][] = [
    ['kimi-code', 'linux', {}, ['/h/.kimi-code/config.toml', `/h/.config/${KIMI_WORK}`]],
    [
      'kimi-code',
      'win32',
      {},
      [
        'C:\\h\\.kimi-code\\config.toml',
        `C:\\h\\AppData\\Roaming\\${KIMI_WORK.replaceAll('/', '\\')}`,
      ],
    ],
    [
      'kimi-code',
      'darwin',
      { KIMI_CODE_HOME: '~/k' },
      ['/h/k/config.toml', `/h/Library/Application Support/${KIMI_WORK}`],
    ],
    ['pi', 'linux', {}, ['/h/.pi/agent/models.json']],
    ['pi', 'linux', { PI_CODING_AGENT_DIR: '/p' }, ['/p/models.json']],
    ['droid', 'linux', {}, ['/h/.factory/settings.json', '/h/.factory/config.json']],
    ['copilot', 'linux', {}, []],
    ['kimi-cli', 'darwin', {}, ['/h/.kimi/config.toml', '/h/.kimi/config.json']],
    [
      'claude-code',
      'linux',
      { CLAUDE_CONFIG_DIR: '/c' },
      ['.claude/settings.local.json', '.claude/settings.json', '/c/settings.json'],
    ],
    [
      'opencode',
      'linux',
      { OPENCODE_CONFIG: '/o.json', XDG_CONFIG_HOME: '/x' },
      [
        '.opencode/opencode.json',
        'opencode.jsonc',
        'opencode.json',
        '/o.json',
        '/x/opencode/opencode.jsonc',
        '/x/opencode/opencode.json',
        '/x/opencode/config.json',
      ],
    ],
    ['codex', 'linux', { CODEX_HOME: '/cx' }, ['.codex/config.toml', '/cx/config.toml']],
    ['cline', 'linux', {}, ['/h/.cline/data/settings/providers.json']],
    ['cline', 'linux', { CLINE_DIR: '/cl' }, ['/cl/data/settings/providers.json']],
    ['cline', 'linux', { CLINE_DATA_DIR: '/d' }, ['/d/settings/providers.json']],
    ['openclaw', 'linux', {}, ['/h/.openclaw/openclaw.json']],
    ['continue', 'linux', {}, ['/h/.continue/config.yaml', '/h/.continue/config.json']],
    ['crush', 'darwin', {}, ['.crush.json', 'crush.json', '/h/.config/crush/crush.json']],
    [
      'crush',
      'win32',
      {},
      ['.crush.json', 'crush.json', 'C:\\h\\AppData\\Local\\crush\\crush.json'],
    ],
    ['goose', 'linux', {}, ['/h/.config/goose/config.yaml']],
    ['goose', 'win32', { APPDATA: 'D:\\a' }, ['D:\\a\\Block\\goose\\config\\config.yaml']],
    ['aider', 'linux', {}, ['.env', '.aider.conf.yml', '/h/.env', '/h/.aider.conf.yml']],
    ['roo-code', 'linux', {}, []],
  ];
  for (const [agent, platform, env, expected] of cases)
    it(`${agent} on ${platform} ${JSON.stringify(env)}: ${expected.join(', ')}`, () =>
      assert.deepEqual(pathsOf(agent, platform, env), expected));
});

describe('CONFIG_PLACES: what is read of them', () => {
  /** The URLs by name in a file of the agent that has this form, or in its environment. */
  async function urlsIn(
    agent: AgentId,
    form: ConfigForm | 'environment',
    text: string,
  ): Promise<string[]> {
    const place = CONFIG_PLACES.findLast(
      it => it.agent === agent && (it.at === 'environment' ? it.at : it.form) === form,
    );
    assert.ok(place);
    const content = await parseConfig(form === 'environment' ? 'env' : form, text);
    return place.read(content, {}).map(({ id = '*', url }) => `${id} ${url}`);
  }
  const cases: [
    agent: AgentId,
    form: ConfigForm | 'environment',
    text: string,
    expected: string[],
  ][] = [
    [
      'kimi-code',
      'toml',
      `[providers."my_own"]\ntype = "kimi"\nbase_url = "https://a.example/v1"\napi_key = "${KEY}"
       [providers."moonshot-cn"]\ntype = "kimi"
       [providers.other]\ntype = "openai"
       [models."mine/k"]\nprovider = "my_own"
       [models."cn/k"]\nprovider = "moonshot-cn"`,
      [
        'my_own https://a.example/v1',
        'moonshot-cn https://api.moonshot.cn/v1',
        'mine/k https://a.example/v1',
        'cn/k https://api.moonshot.cn/v1',
      ],
    ],
    [
      'kimi-code',
      'toml',
      '[providers.x]\ntype = "kimi"\n[providers.x.env]\nKIMI_BASE_URL = "https://b.example"',
      ['x https://b.example'],
    ],
    ['kimi-code', 'toml', '[providers.x]\ntype = "kimi"', ['x https://api.moonshot.ai/v1']],
    ['kimi-cli', 'toml', '[providers.x]\ntype = "kimi"', []],
    [
      'claude-code',
      'json',
      `{"env": {"ANTHROPIC_AUTH_TOKEN": "${KEY}", "ANTHROPIC_BASE_URL": "https://api.kimi.com/coding/"}}`,
      ['* https://api.kimi.com/coding/'],
    ],
    ['claude-code', 'environment', 'ANTHROPIC_BASE_URL=https://c.example', ['* https://c.example']],
    [
      'opencode',
      'json',
      `{"provider": {"mine": {"options": {"baseURL": "https://d.example", "apiKey": "${KEY}"}}, "moonshotai": {}}}`,
      ['mine https://d.example'],
    ],
    [
      'codex',
      'toml',
      'openai_base_url = "https://f.example"\n[model_providers.kimi]\nbase_url = "https://e.example/v1"',
      ['kimi https://e.example/v1', 'openai https://f.example'],
    ],
    [
      'cline',
      'json',
      `{"providers": {"openai": {"settings": {"baseUrl": "https://g.example", "apiKey": "${KEY}"}}}}`,
      ['openai https://g.example'],
    ],
    [
      'qwen-code',
      'env',
      `OPENAI_API_KEY=${KEY}\nOPENAI_BASE_URL="https://h.example"`,
      ['* https://h.example'],
    ],
    [
      'qwen-code',
      'json',
      '{"modelProviders": {"openai": [{"id": "kimi-k2.5", "baseUrl": "https://i.example"}]}, "security": {"auth": {"baseUrl": "https://j.example"}}}',
      ['kimi-k2.5 https://i.example', '* https://j.example'],
    ],
    [
      'openclaw',
      'json',
      `{ models: { providers: { moonshot: { baseUrl: 'https://k.example/v1', /* ${KEY} */ }, }, }, }`,
      ['moonshot https://k.example/v1'],
    ],
    [
      'pi',
      'json',
      '{"providers": {"mine": {"baseUrl": "https://n.example/v1", "models": []}}}',
      ['mine https://n.example/v1'],
    ],
    [
      'droid',
      'json',
      `{"customModels": [{"model": "k3", "displayName": "My Kimi", "baseUrl": "https://o.example", "apiKey": "${KEY}"}, {"model": "x"}]}`,
      [
        'k3 https://o.example',
        'My Kimi https://o.example',
        'custom:My-Kimi-0 https://o.example',
        'custom:k3-0 https://o.example',
      ],
    ],
    [
      'droid',
      'json',
      '{"custom_models": [{"model": "k3", "model_display_name": "K", "base_url": "https://p.example"}]}',
      [
        'k3 https://p.example',
        'K https://p.example',
        'custom:K-0 https://p.example',
        'custom:k3-0 https://p.example',
      ],
    ],
    [
      'continue',
      'yaml',
      `name: Local\nmodels:\n  - name: Kimi K2\n    provider: moonshot\n    apiKey: ${KEY}\n    apiBase: https://l.example/v1\n    roles: [chat]\n  - name: local\n    provider: ollama\n`,
      ['moonshot https://l.example/v1', 'Kimi K2 https://l.example/v1'],
    ],
    [
      'continue',
      'json',
      '{"models": [{"title": "Kimi", "provider": "openai", "apiBase": "https://m.example"}]}',
      ['openai https://m.example', 'Kimi https://m.example'],
    ],
    [
      'crush',
      'json',
      `{"providers": {"kimi": {"base_url": "https://n.example", "api_key": "${KEY}"}}}`,
      ['kimi https://n.example'],
    ],
    [
      'goose',
      'yaml',
      'GOOSE_PROVIDER: openai\nOPENAI_HOST: https://o.example\n',
      ['openai https://o.example'],
    ],
    ['aider', 'yaml', 'openai-api-base: https://p.example # mine', ['openai https://p.example']],
    ['aider', 'env', 'export OPENAI_API_BASE=https://q.example', ['openai https://q.example']],
  ];
  for (const [agent, form, text, expected] of cases)
    it(`${agent}, ${form}: ${expected.join(', ') || 'nothing'}`, async () => {
      const found = await urlsIn(agent, form, text);
      assert.deepEqual(found, expected);
      assert.ok(!found.join().includes(KEY));
    });

  it('makes nothing of what is no configuration', () => {
    for (const place of CONFIG_PLACES)
      for (const content of [undefined, null, 5, '', [], { env: null, models: 5, providers: [3] }])
        assert.deepEqual(place.read(content, {}), []);
  });
});
