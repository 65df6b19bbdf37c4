import assert from 'node:assert/strict';
import {
  type ConfigReading,
  hostsInForce,
  withConfiguredHost,
} from '../../../src/core/agents/attribution.ts';
import type { RequestFailed } from '../../../src/core/agents/signal.ts';

type Place = [
  at: ConfigReading['place']['at'],
  since: number,
  ...urls: [id: string, url: string][],
];

/** The active hosts, as `id host since`; `*` is all of the agent's requests. */
function inForce(...places: Place[]): string[] {
  const readings = places.map(([at, since, ...urls]): ConfigReading => ({
    place: { agent: 'claude-code', at },
    since,
    urls: urls.map(([id, url]) => ({ ...(id === '*' ? {} : { id }), url })),
  }));
  return hostsInForce(readings).map(({ id = '*', host, since }) => `${id} ${host} ${since}`);
}

describe('hostsInForce', () => {
  const cases: [fact: string, expected: string[], ...places: Place[]][] = [
    [
      'keeps only the host of a URL',
      ['* api.kimi.com 1', 'a [::1]:3000 1'],
      [
        'user',
        1,
        ['*', 'https://me:secret@API.kimi.com/coding/?key=secret'],
        ['a', 'http://[::1]:3000/v1'],
      ],
    ],
    ['ignores invalid URLs', [], ['user', 1, ['*', '{env:BASE}'], ['a', 'ftp://x']]],
    [
      'uses the first of the user’s files',
      ['* a.example 5'],
      ['user', 5, ['*', 'https://a.example']],
      ['user', 1, ['*', 'https://b.example']],
      ['environment', 1, ['*', 'https://c.example']],
    ],
    [
      'has no host where a project or the environment may differ',
      ['b b.example 2'],
      ['project', 1, ['*', 'https://a.example']],
      ['user', 2, ['*', 'https://b.example'], ['b', 'https://b.example']],
    ],
    [
      'starts at the last change of the places that agree',
      ['* a.example 9'],
      ['environment', 9, ['*', 'https://a.example']],
      ['user', 3, ['*', 'https://a.example/other']],
    ],
    [
      'has no host where one file has two hosts for one name',
      ['b b.example 1'],
      [
        'user',
        1,
        ['a', 'https://a.example'],
        ['a', 'https://b.example'],
        ['b', 'https://b.example'],
      ],
    ],
    [
      'uses only the environment',
      ['* a.example 4'],
      ['environment', 4, ['*', 'https://a.example']],
    ],
  ];
  for (const [fact, expected, ...places] of cases)
    it(fact, () => assert.deepEqual(inForce(...places), expected));

  it('keeps the time of a host that stays the same while its file is changed', () => {
    const reading = (since: number, url: string): ConfigReading => ({
      place: { agent: 'codex', at: 'user' },
      since,
      urls: [{ id: 'kimi', url }],
    });
    const first = hostsInForce([reading(1, 'https://a.example')]);
    assert.equal(hostsInForce([reading(2, 'https://a.example/v2')], first)[0]?.since, 1);
    assert.equal(hostsInForce([reading(2, 'https://b.example')], first)[0]?.since, 2);
  });
});

describe('withConfiguredHost', () => {
  const entries = hostsInForce([
    {
      place: { agent: 'claude-code', at: 'user' },
      since: 100,
      urls: [
        { url: 'https://all.example' },
        { id: 'p', url: 'https://p.example' },
        { id: 'm', url: 'https://m.example' },
        { id: 'openai', url: 'https://o.example' },
      ],
    },
  ]);
  const failed = (fields: Partial<RequestFailed>): RequestFailed => ({
    kind: 'requestFailed',
    at: 100,
    agent: 'claude-code',
    session: 's',
    contentKey: 'k',
    text: '',
    evidence: {},
    ...fields,
  });
  const cases: [fact: string, Partial<RequestFailed>, string | undefined][] = [
    ['the host for all requests', {}, 'all.example'],
    ['the provider in the record', { evidence: { providerId: 'p' }, model: 'm' }, 'p.example'],
    ['the model, where it names no provider', { model: 'm' }, 'm.example'],
    ['a name that is in no file', { evidence: { providerId: 'x' } }, 'all.example'],
    ['a failure before the last change of the file', { at: 99 }, undefined],
    [
      'a custom name, before the last change of the file',
      { at: 99, evidence: { providerId: 'p' } },
      'p.example',
    ],
    ['a model, before the last change of the file', { at: 99, model: 'm' }, undefined],
    [
      'the id of a protocol, before the last change of the file',
      { at: 99, evidence: { providerId: 'openai' } },
      undefined,
    ],
    ['another agent', { agent: 'codex' }, undefined],
  ];
  for (const [fact, fields, expected] of cases)
    it(`${fact}: ${expected ?? 'nothing'}`, () =>
      assert.equal(withConfiguredHost(failed(fields), entries).evidence.configuredHost, expected));
});
