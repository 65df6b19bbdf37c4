import { defineCommand } from '../command.ts';

export const test = defineCommand({
  name: 'test',
  group: 'failures',
  operand: '[ID]',
  options: {
    account: { kind: 'value', value: 'ID' },
    json: { kind: 'flag' },
    curl: { kind: 'flag' },
    'old-key': { kind: 'flag' },
    yes: { kind: 'flag', short: 'y' },
  },
  texts: t => ({
    summary: t('Send one request to the account directly, and compare'),
    details: t(
      'Sends about 15 tokens without an agent, after a confirmation, and compares the response with the newest incident, or the one with this ID: account, agent or gateway. The result is stored for the dashboard, why and ticket.',
    ),
    options: {
      account: t('kimiCode, moonshot.ai or moonshot.cn; default: by the environment'),
      json: t('print a JSON object'),
      curl: t('print the request for curl, without the key, and send nothing'),
      'old-key': t('see whether Kimi rejects this key, and which programs contain it'),
      yes: t('skip the confirmation'),
    },
    examples: [
      ['kimi-quota test', t('find out where a failure comes from')],
      ['kimi-quota test --curl', t('the same request for another machine')],
    ],
  }),
  run: async (values, { locale, operands: [id] }) => {
    const { account, json = false, curl = false, yes = false } = values;
    return (await import('../test.ts')).test({
      isJson: json,
      asCurl: curl,
      isOldKey: values['old-key'] ?? false,
      isAgreed: yes,
      locale,
      ...(id === undefined ? {} : { id }),
      ...(account === undefined ? {} : { account }),
    });
  },
});
