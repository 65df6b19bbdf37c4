import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AGENT_IDS } from '../../src/core/agents/signal.ts';
import { NOTICE_KINDS } from '../../src/core/notices/notice.ts';
import { Settings, settingNames } from '../../src/core/settings.ts';

const DEFAULTS: Settings = {
  baseUrl: '',
  region: 'kimi.com',
  openPlatformBaseUrl: '',
  watchedAgents: [...AGENT_IDS],
  otherLogs: [],
  readTerminals: false,
  'ledger.enabled': true,
  'ledger.projects': true,
  'statusBar.account': 'auto',
  'statusBar.show': 'remaining',
  'statusBar.density': 'full',
  statusPage: 'ask',
  'inline.endOfLine': 'all',
  'notifications.enabled': true,
  'notifications.thresholds': [20, 5],
  'notifications.muted': [],
  'guard.warnAtSessionShare': 0,
  'guard.stopBelowPercent': 0,
  'guard.between': '',
  'guard.stopRunaway': false,
  'team.account': '',
  'team.machine': '',
  'team.push': 'off',
  'team.pushUrl': '',
  'team.queryUrl': '',
};

/** The list settings, each with elements that are allowed. */
const LISTS: [name: keyof Settings, allowed: (string | number)[]][] = [
  ['watchedAgents', [...AGENT_IDS]],
  ['otherLogs', ['~/litellm/*.log', '/srv/n8n/*.json', 'relative', '']],
  ['notifications.thresholds', [1, 5, 20, 99]],
  ['notifications.muted', [...NOTICE_KINDS]],
];
/** Invalid in every list. */
const ODD = [null, true, {}, [], -1, 0, 100, 1e9, ['low'], { id: 'low' }];

/** Any text is allowed. */
const isFreeText = (name: string): boolean =>
  name.toLowerCase().endsWith('url') ||
  ['guard.between', 'team.account', 'team.machine'].includes(name);

function assertSettings(typed: Record<string, unknown>, expected: Partial<Settings>): void {
  assert.deepEqual(Settings.parse(typed), { ...DEFAULTS, ...expected });
}

describe('Settings', () => {
  it('has a default for every name', () => {
    assertSettings({}, {});
    assert.deepEqual(settingNames.toSorted(), Object.keys(DEFAULTS).toSorted());
  });

  it('accepts valid values', () => {
    const all: Settings = {
      baseUrl: 'https://relay.example',
      region: 'kimi.ai',
      openPlatformBaseUrl: 'https://api.moonshot.cn',
      watchedAgents: ['claude-code'],
      otherLogs: ['~/litellm/*.log'],
      readTerminals: true,
      'ledger.enabled': false,
      'ledger.projects': false,
      'statusBar.account': 'moonshot.cn',
      'statusBar.show': 'used',
      'statusBar.density': 'icon',
      statusPage: 'allow',
      'inline.endOfLine': 'off',
      'notifications.enabled': false,
      'notifications.thresholds': [50],
      'notifications.muted': ['low', 'runaway'],
      'guard.warnAtSessionShare': 20,
      'guard.stopBelowPercent': 10,
      'guard.between': '22:00-07:00',
      'guard.stopRunaway': true,
      'team.account': 'acme',
      'team.machine': 'ci-box',
      'team.push': 'otlp',
      'team.pushUrl': 'https://metrics.example',
      'team.queryUrl': 'https://metrics.example/prometheus',
    };
    assertSettings(all, all);
  });

  for (const name of settingNames)
    for (const odd of [
      undefined,
      null,
      typeof DEFAULTS[name] === 'number' ? 100.5 : 3,
      typeof DEFAULTS[name] === 'boolean' ? 'true' : true,
      {},
      ...(Array.isArray(DEFAULTS[name]) ? [] : [['kimi.ai', 3]]),
    ])
      it(`falls back from ${JSON.stringify(odd)} for ${name}`, () =>
        assertSettings({ [name]: odd }, {}));

  for (const name of settingNames.filter(name => !isFreeText(name)))
    for (const odd of ['', 'nothing', 'KIMI.AI', '__proto__'])
      it(`falls back from "${odd}" for ${name}`, () => assertSettings({ [name]: odd }, {}));

  it('has a list of allowed elements for every list setting', () =>
    assert.deepEqual(
      LISTS.map(([name]) => name).toSorted(),
      settingNames.filter(name => Array.isArray(DEFAULTS[name])).toSorted(),
    ));

  for (const [name, allowed] of LISTS)
    it(`omits only invalid elements of ${name}`, () => {
      const unknown = name === 'otherLogs' ? ODD : [...ODD, 'some-newer-one', '5', '__proto__'];
      const element = fc.oneof(fc.constantFrom(...allowed), fc.constantFrom(...unknown));
      fc.assert(
        fc.property(fc.array(element), elements => {
          const known = elements.filter(each => allowed.some(one => one === each));
          assertSettings({ [name]: elements }, { [name]: known });
        }),
      );
    });

  it('watches no agent if every agent in the list is unknown', () =>
    assertSettings({ watchedAgents: ['some-newer-agent'] }, { watchedAgents: [] }));

  it('watches no agent for an empty list', () =>
    assertSettings({ watchedAgents: [] }, { watchedAgents: [] }));

  const lists: [name: keyof Settings, typed: readonly unknown[], expected: readonly unknown[]][] = [
    ['watchedAgents', ['claude-code', 'some-newer-agent', 3], ['claude-code']],
    ['watchedAgents', ['some-newer-agent'], []],
    ['otherLogs', ['~/a.log', null, {}], ['~/a.log']],
    ['notifications.thresholds', [20, '5', 0, 50, 100, NaN, 99], [20, 50, 99]],
    ['notifications.muted', ['low', 'aNewerKind', 'spent'], ['low', 'spent']],
  ];
  for (const [name, typed, expected] of lists)
    it(`reads ${JSON.stringify(typed)} of ${name} as ${JSON.stringify(expected)}`, () =>
      assertSettings({ [name]: typed }, { [name]: expected }));

  it('an invalid setting does not affect the others', () =>
    assertSettings({ region: 3, 'statusBar.show': 'used' }, { 'statusBar.show': 'used' }));

  it('never throws', () => {
    const typed = fc.dictionary(fc.constantFrom(...settingNames), fc.jsonValue());
    fc.assert(fc.property(typed, some => void Settings.parse(some)));
  });
});
