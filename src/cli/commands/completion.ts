import { defineCommand, UsageError } from '../command.ts';

export const completion = defineCommand({
  name: 'completion',
  group: 'setup',
  operand: '<SHELL>',
  options: {},
  texts: t => ({
    summary: t('Print completions for bash, zsh or fish'),
    options: {},
    examples: [
      ['source <(kimi-quota completion bash)', t('in ~/.bashrc; zsh alike')],
      ['kimi-quota completion fish | source', t('in config.fish')],
    ],
  }),
  run: async (_values, { commands, locale, operands: [shell = ''] }) => {
    const { completionFor } = await import('../completion.ts');
    const { printText } = await import('../output.ts');
    const script = completionFor(shell, commands, locale.t);
    if (script === undefined)
      throw new UsageError(locale.t('{0} takes {1}.', 'completion', 'bash, zsh, fish'));
    printText(script);
    return 0;
  },
});
