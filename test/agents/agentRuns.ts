import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { AgentId } from '../../src/core/agents/signal.ts';

/** Where one run of an agent happens. */
export interface RunPlace {
  /** An empty home folder. */
  readonly home: string;
  /** The working folder. */
  readonly project: string;
  /** `http://127.0.0.1:PORT` of the mock. */
  readonly url: string;
  /** The key that the mock accepts. */
  readonly key: string;
}

/** How an agent is installed, configured for the mock, and started with one prompt. */
export interface AgentRun {
  readonly id: AgentId;
  /** On npm. */
  readonly package: string;
  /** The executable below `node_modules/.bin`. */
  readonly bin: string;
  readonly args: (prompt: string, place: RunPlace) => readonly string[];
  readonly env?: (place: RunPlace) => Readonly<Record<string, string>>;
  /** Files below the home folder. */
  readonly files?: (place: RunPlace) => Readonly<Record<string, string>>;
  /** Another package on npm, of the same version, that has the program for this system. */
  readonly program?: string;
  /** What the agent is known not to keep (docs/agents.md 7), by the title of a scenario. */
  readonly loses?: readonly { readonly scenario: string; readonly reason: string }[];
}

const MODEL = 'kimi-for-coding';
const CONTEXT = 262_144;

const chatUrl = ({ url }: RunPlace): string => `${url}/coding/v1`;
const json = (value: unknown): string => JSON.stringify(value, undefined, 2);

const RATE_LIMITED = 'Rate limited twice';
const USED_UP = 'Quota used up';

/** The title request retries inside its SDK. */
const LOSES_TITLES = [
  { scenario: RATE_LIMITED, reason: 'attempts of the title request that recover' },
] as const;
const LOSES_RECOVERED = [{ scenario: RATE_LIMITED, reason: 'attempts that recover' }] as const;

/** OpenCode and Kilo Code have the same configuration. */
const openCodeConfig = (place: RunPlace): string =>
  json({
    autoupdate: false,
    share: 'disabled',
    model: `kimi/${MODEL}`,
    small_model: `kimi/${MODEL}`,
    permission: { '*': 'allow' },
    provider: {
      kimi: {
        npm: '@ai-sdk/openai-compatible',
        name: 'kimi',
        options: { baseURL: chatUrl(place), apiKey: place.key },
        models: { [MODEL]: { name: MODEL, limit: { context: CONTEXT, output: 32_768 } } },
      },
    },
  });

/** Every agent of which the newest version is compared with its reader. */
export const AGENT_RUNS: readonly AgentRun[] = [
  {
    id: 'kimi-code',
    package: '@moonshot-ai/kimi-code',
    bin: 'kimi',
    args: prompt => ['-p', prompt],
    files: place => ({
      '.kimi-code/config.toml': `default_model = "kimi-code/${MODEL}"
telemetry = false

[providers."kimi-code"]
type = "kimi"
base_url = "${chatUrl(place)}"
api_key = "${place.key}"

[models."kimi-code/${MODEL}"]
provider = "kimi-code"
model = "${MODEL}"
max_context_size = ${CONTEXT}
`,
    }),
  },
  {
    id: 'claude-code',
    package: '@anthropic-ai/claude-code',
    bin: 'claude',
    args: prompt => ['-p', prompt],
    env: ({ url, key }) => ({
      ANTHROPIC_BASE_URL: `${url}/coding`,
      ANTHROPIC_AUTH_TOKEN: key,
      ANTHROPIC_MODEL: MODEL,
      ANTHROPIC_SMALL_FAST_MODEL: MODEL,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    }),
  },
  {
    id: 'opencode',
    package: 'opencode-ai',
    bin: 'opencode',
    loses: LOSES_TITLES,
    args: prompt => ['run', prompt],
    files: place => ({ '.config/opencode/opencode.json': openCodeConfig(place) }),
  },
  {
    id: 'kilo-code',
    package: '@kilocode/cli',
    program: `@kilocode/cli-${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`,
    bin: 'kilo',
    loses: LOSES_TITLES,
    args: prompt => ['run', prompt],
    files: place => ({ '.config/kilo/kilo.json': openCodeConfig(place) }),
  },
  {
    id: 'codex',
    package: '@openai/codex',
    bin: 'codex',
    args: prompt => ['exec', '--skip-git-repo-check', prompt],
    env: ({ key }) => ({ KIMI_API_KEY: key }),
    files: place => ({
      '.codex/config.toml': `model = "${MODEL}"
model_provider = "kimi"
approval_policy = "never"
sandbox_mode = "read-only"
check_for_update_on_startup = false

[analytics]
enabled = false

[model_providers.kimi]
name = "Kimi Code"
base_url = "${chatUrl(place)}"
env_key = "KIMI_API_KEY"
wire_api = "responses"
`,
    }),
  },
  {
    id: 'cline',
    package: 'cline',
    bin: 'cline',
    loses: LOSES_RECOVERED,
    args: prompt => [prompt],
    files: place => ({
      '.cline/data/settings/providers.json': json({
        version: 1,
        lastUsedProvider: 'openai-compatible',
        modes: {},
        providers: {
          'openai-compatible': {
            settings: {
              provider: 'openai-compatible',
              apiKey: place.key,
              model: MODEL,
              baseUrl: chatUrl(place),
            },
            updatedAt: new Date().toISOString(),
            tokenSource: 'manual',
          },
        },
      }),
    }),
  },
  {
    id: 'qwen-code',
    package: '@qwen-code/qwen-code',
    bin: 'qwen',
    loses: LOSES_RECOVERED,
    args: prompt => ['-p', prompt, '--auth-type', 'openai'],
    env: place => ({
      OPENAI_API_KEY: place.key,
      OPENAI_BASE_URL: chatUrl(place),
      OPENAI_MODEL: MODEL,
    }),
    files: () => ({
      '.qwen/settings.json': json({
        security: { auth: { selectedType: 'openai' } },
        general: { disableAutoUpdate: true, enableAutoUpdate: false },
        privacy: { usageStatisticsEnabled: false },
        telemetry: { enabled: false },
      }),
    }),
  },
  {
    id: 'openclaw',
    package: 'openclaw',
    bin: 'openclaw',
    args: prompt => ['agent', '--local', '--session-id', 'run', '--message', prompt],
    files: place => ({
      '.openclaw/openclaw.json': json({
        update: { checkOnStart: false },
        // Its own place is shared by all homes of the machine.
        logging: { file: join(place.home, '../tmp/openclaw/openclaw-run.log') },
        agents: { defaults: { model: { primary: `kimi/${MODEL}` }, workspace: place.project } },
        models: {
          mode: 'merge',
          providers: {
            kimi: {
              baseUrl: chatUrl(place),
              apiKey: place.key,
              api: 'openai-completions',
              models: [{ id: MODEL, name: MODEL, contextWindow: CONTEXT, maxTokens: 32_768 }],
            },
          },
        },
      }),
    }),
  },
  {
    id: 'continue',
    package: '@continuedev/cli',
    bin: 'cn',
    loses: [
      { scenario: RATE_LIMITED, reason: 'fewer than three attempts' },
      { scenario: USED_UP, reason: 'a failure that is not retried; tokens' },
    ],
    args: prompt => ['-p', prompt, '--verbose'],
    files: place => ({
      '.continue/config.yaml': `name: Local
version: 0.0.1
schema: v1
models:
  - name: ${MODEL}
    provider: openai
    model: ${MODEL}
    apiKey: ${place.key}
    apiBase: ${chatUrl(place)}
    roles: [chat]
    capabilities: [tool_use]
`,
    }),
  },
  {
    id: 'pi',
    package: '@earendil-works/pi-coding-agent',
    bin: 'pi',
    args: prompt => ['-p', prompt, '--provider', 'kimi', '--model', MODEL],
    files: place => ({
      '.pi/agent/models.json': json({
        providers: {
          kimi: {
            baseUrl: chatUrl(place),
            apiKey: place.key,
            api: 'openai-completions',
            models: [{ id: MODEL, contextWindow: CONTEXT, maxTokens: 32_768 }],
          },
        },
      }),
    }),
  },
  {
    id: 'droid',
    package: 'droid',
    bin: 'droid',
    loses: ['Answered', RATE_LIMITED].map(scenario => ({
      scenario,
      reason: 'the log of a run of a few seconds, at times',
    })),
    args: prompt => ['exec', '-m', 'custom:Kimi-0', prompt],
    // It starts with any key, and uses that of the model.
    env: () => ({ FACTORY_API_KEY: 'fk-made-up' }),
    files: place => ({
      '.factory/settings.json': json({
        customModels: [
          {
            model: MODEL,
            displayName: 'Kimi',
            baseUrl: chatUrl(place),
            apiKey: place.key,
            provider: 'generic-chat-completion-api',
            maxOutputTokens: 32_000,
          },
        ],
      }),
    }),
  },
  {
    id: 'copilot',
    package: '@github/copilot',
    bin: 'copilot',
    loses: [{ scenario: USED_UP, reason: 'the text of a 403' }],
    args: prompt => ['-p', prompt, '--allow-all-tools'],
    env: place => ({
      COPILOT_PROVIDER_BASE_URL: chatUrl(place),
      COPILOT_PROVIDER_API_KEY: place.key,
      COPILOT_MODEL: MODEL,
    }),
  },
];

/** Writes the configuration of an agent. */
export function configure(run: AgentRun, place: RunPlace): void {
  for (const [path, text] of Object.entries(run.files?.(place) ?? {})) {
    const file = join(place.home, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
