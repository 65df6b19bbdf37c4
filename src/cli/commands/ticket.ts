import { defineCommand } from '../command.ts';

export const ticket = defineCommand({
  name: 'ticket',
  group: 'failures',
  operand: '[ID]',
  options: { home: { kind: 'value', value: 'DIR' } },
  texts: t => ({
    summary: t('Print a support ticket for a failure'),
    details: t(
      'For the incident with this ID, or the newest of the last 7 days, with the steps that are ticked and the direct test. It contains no key, path or prompt, but your organization ID: send it only to Kimi.',
    ),
    options: { home: t('another home folder, with the folder tmp next to it') },
    examples: [['kimi-quota ticket > ticket.txt', t('fill in the rest, then send it')]],
  }),
  run: async ({ home }, { locale, operands: [id] }) =>
    (await import('../ticket.ts')).ticket({ id, home, locale }),
});
