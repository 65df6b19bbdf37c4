import { defineCommand } from '../command.ts';

export const mcp = defineCommand({
  name: 'mcp',
  group: 'agents',
  options: {},
  texts: t => ({
    summary: t('Serve tools for agents (Model Context Protocol)'),
    details: t(
      'Runs on standard input and output until the agent closes them. All tools are read-only: quota, whether to start, error texts, incidents, and waiting.',
    ),
    options: {},
    examples: [
      ['claude mcp add kimi-quota -- npx -y kimi-quota mcp', t('for Claude Code')],
      ['kimi-quota setup kimi-code', t('for Kimi Code')],
    ],
  }),
  run: async (_values, { locale }) => (await import('../mcp.ts')).serveMcp(locale),
});
