import { defineCommand, UsageError } from '../command.ts';

export const metrics = defineCommand({
  name: 'metrics',
  group: 'quota',
  options: {
    account: { kind: 'value', value: 'NAME' },
    machine: { kind: 'value', value: 'NAME' },
    textfile: { kind: 'value', value: 'FILE' },
    listen: { kind: 'value', value: 'HOST:PORT' },
  },
  texts: t => ({
    summary: t("Print this machine's numbers as Prometheus metrics"),
    details: t(
      'Prints exactly what kimiQuota.team.push sends: numbers, codes and two names. Sends no request.',
    ),
    options: {
      account: t("the account's name; default: a keyed hash, which needs KIMI_API_KEY"),
      machine: t("this machine's name; default: a random one"),
      textfile: t('write to a file for the textfile collector of node_exporter'),
      listen: t('serve a page for a scraper, such as 127.0.0.1:9464, until interrupted'),
    },
    examples: [
      ['kimi-quota metrics --account acme', t('what would leave this machine')],
      ['kimi-quota metrics --account acme --listen 127.0.0.1:9464', t('for a scraper')],
    ],
  }),
  run: async ({ account = '', machine = '', textfile, listen }, { locale }) => {
    const { t } = locale;
    if (textfile !== undefined && listen !== undefined)
      throw new UsageError(t('Use either --textfile or --listen.'));
    const [, host = '', port = ''] = /^(.+):(\d{1,5})$/.exec(listen ?? '') ?? [];
    if (listen !== undefined && (host === '' || Number(port) > 65_535))
      throw new UsageError(t('--listen takes HOST:PORT, such as 127.0.0.1:9464.'));
    const page = listen === undefined ? {} : { page: { host, port: Number(port) } };
    const file = textfile === undefined ? {} : { textfile };
    return (await import('../metrics.ts')).metrics({ account, machine, ...file, ...page, locale });
  },
});
