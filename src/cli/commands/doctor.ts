import { defineCommand, UsageError } from '../command.ts';

export const doctor = defineCommand({
  name: 'doctor',
  group: 'setup',
  options: {
    json: { kind: 'flag' },
    'status-page': { kind: 'flag' },
    chat: { kind: 'flag' },
    yes: { kind: 'flag', short: 'y' },
  },
  texts: t => ({
    summary: t('Check everything between this machine and Kimi'),
    details: t(
      'Checks key, host, network, proxy, certificate, clock, responses and logs. Sends the requests of check, and one for the list of models.',
    ),
    options: {
      json: t('print a JSON object'),
      'status-page': t('also check status.moonshot.cn'),
      chat: t('also send one chat request of 5 tokens, after a confirmation'),
      yes: t('skip the confirmation'),
    },
    examples: [
      ['kimi-quota doctor', t('find what is broken')],
      ['kimi-quota doctor --chat --yes', t('also test a chat request')],
    ],
  }),
  run: async ({ json, 'status-page': page, chat, yes }, { locale }) => {
    if (yes && !chat) throw new UsageError(locale.t('--yes requires --chat.'));
    return (await import('../doctor.ts')).doctor({
      isJson: json ?? false,
      asksStatusPage: page ?? false,
      sendsChat: chat ?? false,
      isAgreed: yes ?? false,
      locale,
    });
  },
});
