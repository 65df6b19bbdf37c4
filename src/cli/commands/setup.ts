import { defineCommand, UsageError } from '../command.ts';

export const setup = defineCommand({
  name: 'setup',
  group: 'setup',
  operand: '<AGENT>',
  options: {
    guard: { kind: 'flag' },
    undo: { kind: 'flag' },
    yes: { kind: 'flag', short: 'y' },
  },
  texts: t => ({
    summary: t('Connect an agent, tmux or starship'),
    details: t(
      'AGENT is claude-code, kimi-code, opencode, codex, tmux or starship. Shows the change of its configuration, writes it after a yes and keeps a backup. A second run changes nothing.',
    ),
    options: {
      guard: t('claude-code and kimi-code: ask the hook before each step, for a guard'),
      undo: t('take the change back'),
      yes: t('skip the confirmation'),
    },
    examples: [
      ['kimi-quota setup claude-code', t('tools, hook and status line')],
      ['kimi-quota setup claude-code --guard', t('with a guard before each step')],
      ['kimi-quota setup claude-code --undo', t('as it was before')],
    ],
  }),
  run: async ({ guard = false, undo = false, yes = false }, { locale, operands: [agent] }) => {
    const { HOOKED_AGENTS, SETUP_AGENTS } = await import('../setupAgents.ts');
    const known = SETUP_AGENTS.find(each => each === agent);
    if (!known)
      throw new UsageError(locale.t('{0} takes {1}.', 'setup', SETUP_AGENTS.join(locale.t(', '))));
    if (guard && !HOOKED_AGENTS.includes(known))
      throw new UsageError(
        locale.t('{0} takes {1}.', 'setup --guard', HOOKED_AGENTS.join(locale.t(', '))),
      );
    const { setup: run } = await import('../setup.ts');
    return run({ agent: known, undoes: undo, hasGuard: guard, isAgreed: yes, locale });
  },
});
