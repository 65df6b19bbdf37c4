import assert from 'node:assert/strict';
import { agents } from '../../../src/core/agents/agents.ts';
import {
  concludeFrom,
  failuresOf,
  readHome,
  realCases,
  truthOf,
  type Conclusion,
} from '../../support/realLogs.ts';

/** A folder of recordings: `<agent>/<case>/{case.json,home}`. Without it the tests are skipped. */
const folder = process.env['KIMI_QUOTA_REAL_LOGS'];

/** Without `--verbose`, Continue only shows failures on screen. */
const CONTINUE_SILENT = [
  'giveup-ambiguous',
  'giveup-balance',
  'giveup-concurrency',
  'giveup-quota-5h-403',
  'giveup-tpd',
  'other-openai-quota',
  'server-500',
  'single-429',
  'stream-error-1',
].map(name => {
  const parts: readonly (keyof Conclusion)[] = ['count', 'statuses', 'texts', 'providers'];
  const differing = name === 'stream-error-1' ? parts.filter(part => part !== 'statuses') : parts;
  return [`continue/${name}`, differing, 'without --verbose nothing is on disk'] as const;
});

/** OpenCode's log has no status; its database has the status of a turn's last failure. */
const OPENCODE_WITHOUT_STATUS = [
  'concurrency-1',
  'parallel-cap',
  'server-500',
  'single-429',
  'tpm-1',
].map((name): [string, (keyof Conclusion)[], string] => [
  `opencode/${name}`,
  ['statuses'],
  'the log has no status, and no turn failed',
]);

/** The same for three more agents: cases, differences, reasons. */
const LOST: [name: string, parts: (keyof Conclusion)[], reason: string][] = (
  [
    [
      'codex',
      'concurrency-1 giveup-ambiguous giveup-overloaded giveup-quota-5h giveup-rpm other-openai single-429',
      'texts providers',
      'Codex keeps neither error text nor URL of a 429',
    ],
    ['codex', 'reset', 'texts providers', 'a broken connection has no response and no URL'],
    ['codex', 'context-400', 'providers', 'the base URL is only in the configuration'],
    [
      'codex',
      'bad-gateway-1',
      'count statuses texts providers',
      'a recovered attempt leaves nothing',
    ],
    [
      'cline',
      'parallel-cap single-429',
      'count statuses texts providers',
      'recovered attempts leave nothing',
    ],
    ['cline', 'reset-mid-1', 'count providers', 'a broken stream that restarts leaves nothing'],
    [
      'qwen-code',
      'single-429',
      'count statuses texts providers',
      'recovered attempts leave nothing',
    ],
    [
      'qwen-code',
      'auth-401',
      'providers',
      'other providers use this error text; no base URL is on disk',
    ],
    [
      'qwen-code',
      'giveup-ambiguous giveup-quota-weekly permission-403',
      'providers',
      'the error text is the subscription’s; no base URL is on disk',
    ],
  ] as const
).flatMap(([agent, cases, parts, reason]) =>
  cases
    .split(' ')
    .map((name): [string, (keyof Conclusion)[], string] => [
      `${agent}/${name}`,
      parts.split(' ') as (keyof Conclusion)[],
      reason,
    ]),
);

/** Where the files differ from what happened, in which part, and why. */
const EXCEPTIONS: readonly (readonly [
  name: string,
  parts: readonly (keyof Conclusion)[],
  reason: string,
])[] = [
  [
    'kimi-code/reset-mid-1',
    ['texts'],
    'a broken connection has no response; the error text is the agent’s',
  ],
  ['kimi-code/url-404', ['texts'], 'the agent keeps the `error` of this body, not its `message`'],
  [
    'claude-code/auth-401',
    ['providers'],
    'other providers use this error text; no base URL is on disk',
  ],
  ['claude-code/bad-gateway-1', ['providers'], 'a proxy’s page; no base URL is on disk'],
  ['claude-code/context-400', ['count'], 'the requests of the compaction leave no record'],
  [
    'claude-code/model-404',
    ['texts', 'providers'],
    'the agent replaces the error text; no base URL is on disk',
  ],
  [
    'claude-code/parallel-cap-tui',
    ['statuses', 'texts', 'providers'],
    'sub-agents leave only the repeated requests',
  ],
  ['claude-code/reset', ['texts', 'providers'], 'a broken connection has no response'],
  ['claude-code/reset-1', ['texts', 'providers'], 'a broken connection has no response'],
  [
    'claude-code/triple-429-tui',
    ['statuses', 'texts', 'providers'],
    'in interactive mode, recovered attempts leave only the repeated requests',
  ],
  ['copilot/single-429', ['texts', 'providers'], 'the log of the process has the status alone'],
  ['copilot/parallel-cap', ['texts', 'providers'], 'the log of the process has the status alone'],
  ...OPENCODE_WITHOUT_STATUS,
  ...CONTINUE_SILENT,
  ...LOST,
];

if (folder)
  describe('real logs', () => {
    for (const agent of agents)
      for (const real of realCases(folder, agent.id)) {
        const [, parts = [], reason = ''] = EXCEPTIONS.find(([name]) => name === real.name) ?? [];
        it(`${real.name} ${reason ? `differs in ${parts.join(', ')}: ${reason}` : 'agrees'}`, async () => {
          const found = concludeFrom(failuresOf(await readHome(agent, real.home)));
          const truth = truthOf(real);
          const differing = (['count', 'statuses', 'texts', 'providers'] as const).filter(
            part => JSON.stringify(found[part]) !== JSON.stringify(truth[part]),
          );
          assert.deepEqual(differing, parts, JSON.stringify({ found, truth }, undefined, 2));
        });
      }
  });
