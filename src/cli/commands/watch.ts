import { defineCommand } from '../command.ts';
import { logCallOf } from './logCall.ts';

export const watch = defineCommand({
  name: 'watch',
  group: 'failures',
  options: {
    home: { kind: 'value', value: 'DIR' },
    file: { kind: 'values', value: 'GLOB' },
    json: { kind: 'flag' },
    requests: { kind: 'flag' },
    push: { kind: 'value', value: 'URL' },
    'push-as': { kind: 'value', value: 'PROTOCOL' },
    query: { kind: 'value', value: 'URL' },
    account: { kind: 'value', value: 'NAME' },
    machine: { kind: 'value', value: 'NAME' },
  },
  texts: t => ({
    summary: t("Follow agents' logs and print failures as they happen"),
    details: t(
      'Runs until it is interrupted. Prints an incident again when it changes. With --push, reports to a metrics store what `kimi-quota metrics` prints.',
    ),
    options: {
      home: t('another home folder, with the folder tmp next to it'),
      file: t('another log to read, or a glob in quotes; repeatable'),
      json: t('print one JSON object per line'),
      requests: t('also print requests that started and ended'),
      push: t("send this machine's numbers to a team's metrics store; its token: {0}", TOKEN),
      'push-as': t('prometheus (default), pushgateway, remoteWrite or otlp'),
      query: t("read the other machines' numbers from a PromQL address"),
      account: t("the account's name; default: a keyed hash, which needs KIMI_API_KEY"),
      machine: t("this machine's name; default: a random one"),
    },
    examples: [
      ['kimi-quota watch --json', t('one JSON object per failure or incident')],
      [
        'kimi-quota watch --push https://metrics.example --account acme --machine ci-box',
        t('a machine without an editor takes part in a team'),
      ],
    ],
  }),
  run: async (values, { locale }) => {
    const call = logCallOf(values, locale);
    const { push, query } = values;
    const isTeam = push !== undefined || query !== undefined || values['push-as'] !== undefined;
    const team = isTeam ? (await import('../teamCall.ts')).teamCallOf(values, locale) : undefined;
    return (await import('../scan.ts')).watch({ ...call, ...(team ? { team } : {}) });
  },
});

const TOKEN = 'KIMI_QUOTA_TEAM_TOKEN';
