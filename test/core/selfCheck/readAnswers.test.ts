import assert from 'node:assert/strict';
import {
  canChat,
  chatQuestion,
  modelForChat,
  readModels,
  readStatusSummary,
} from '../../../src/core/selfCheck/answers.ts';
import type { StatusOutcome } from '../../../src/core/selfCheck/facts.ts';
import { english } from '../../../src/core/base/format.ts';
import { well } from '../../support/selfCheckFacts.ts';

describe('readModels', () => {
  const listed = (ids: string[]) => ({ kind: 'listed', ids });
  const cases: [fact: string, body: unknown, ids: string[] | undefined][] = [
    [
      'takes the ids',
      { object: 'list', data: [{ id: 'k3', x: 1 }, { id: 'k3-256k' }] },
      ['k3', 'k3-256k'],
    ],
    [
      'knows the ids of tuned models',
      { data: [{ id: 'ft:moonshot-v1/a.b' }] },
      ['ft:moonshot-v1/a.b'],
    ],
    ['leaves out what is no id', { data: [{ id: '$(key) [x](command:y)' }, { id: '' }] }, []],
    ['takes an empty list as one', { data: [] }, []],
    ['knows no list in null', null, undefined],
    ['knows no list in a text', 'models', undefined],
    ['knows no list in ids without data', { models: [{ id: 'k3' }] }, undefined],
  ];
  for (const [fact, body, ids] of cases)
    it(fact, () => {
      const read = readModels(body);
      if (ids) assert.deepEqual(read, listed(ids));
      else assert.equal(read.kind, 'malformed');
    });
});

describe('the model for one chat request', () => {
  it('is the cheapest that is listed', () =>
    assert.equal(
      modelForChat('kimiCode', { kind: 'listed', ids: ['k3', 'kimi-for-coding'] }),
      'kimi-for-coding',
    ));
  it('is the first one if the cheapest is not listed', () =>
    assert.equal(
      modelForChat('openPlatform', { kind: 'listed', ids: ['kimi-k2.6'] }),
      'kimi-k2.6',
    ));
  it('is the cheapest without a list', () =>
    assert.equal(modelForChat('openPlatform', { kind: 'gone', status: 404 }), 'moonshot-v1-8k'));

  it('is named in the confirmation, with its cost', () => {
    const { endpoint } = well.account;
    assert.ok('origin' in endpoint);
    const [question, cost] = chatQuestion(endpoint, 'k3', english);
    assert.match(question, /k3\?$/);
    assert.match(cost, /15 tokens of your quota/);
  });

  it('is not offered with a key that was rejected or not sent', () => {
    const answers = { quota: { kind: 'unauthorized' }, hasProxyVariable: false } as const;
    assert.ok(canChat(well));
    assert.ok(!canChat({ ...well, answers }));
    assert.ok(!canChat({ ...well, isMismatched: true }));
    assert.ok(!canChat({ ...well, key: { kind: 'none' } }));
  });
});

describe('readStatusSummary', () => {
  const page = (indicator: string, component?: string, incidents: unknown[] = []) => ({
    page: { name: 'Moonshot AI' },
    status: { indicator, description: 'All Systems Operational' },
    components: [
      { name: 'Kimi App', status: 'major_outage' },
      ...(component ? [{ name: 'Open API', status: component }] : []),
    ],
    incidents,
  });
  const read = (level: 'well' | 'degraded' | 'down'): StatusOutcome => ({ kind: 'read', level });
  const cases: [fact: string, body: unknown, outcome: StatusOutcome][] = [
    ['takes the component of the API', page('major', 'operational'), read('well')],
    ['knows worse answers', page('none', 'degraded_performance'), read('degraded')],
    ['knows a partial outage', page('none', 'partial_outage'), read('degraded')],
    ['knows an outage', page('none', 'major_outage'), read('down')],
    ['takes the page without such a component', page('critical'), read('down')],
    ['takes the page for a state it does not know', page('minor', 'odd'), read('degraded')],
    ['knows no state of a new name', page('new', 'odd'), { kind: 'malformed' }],
    ['knows no page in HTML', '<html>', { kind: 'malformed' }],
    ['knows no page in null', null, { kind: 'malformed' }],
    ['knows no page in another summary', { status: 'ok' }, { kind: 'malformed' }],
    [
      'names the ongoing incident, as inert text',
      page('none', 'partial_outage', [
        { name: 'Old one', status: 'resolved' },
        { name: '[Slow](command:x) $(key) <b>answers</b>', status: 'investigating' },
      ]),
      { ...read('degraded'), incident: 'Slow (command x) (key) b answers /b' } as StatusOutcome,
    ],
  ];
  for (const [fact, body, outcome] of cases)
    it(fact, () => assert.deepEqual(readStatusSummary(body), outcome));
});
