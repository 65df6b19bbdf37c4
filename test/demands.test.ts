import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { supportIdsIn } from '../src/core/agents/supportIds.ts';
import { english } from '../src/core/base/format.ts';
import { EMPTY_CHECKLIST } from '../src/core/diagnosis/checklistState.ts';
import { directRequest, readDirectAnswer } from '../src/core/diagnosis/directRequest.ts';
import { compareDirect } from '../src/core/diagnosis/directTest.ts';
import { idLines } from '../src/core/diagnosis/idLines.ts';
import { classify } from '../src/core/errors/classify.ts';
import { Fallbacks } from '../src/core/incidents/fallbacks.ts';
import { judge } from '../src/core/incidents/judge.ts';
import { groupRows, keyWriter, sortedGroups } from '../src/core/ledger/groups.ts';
import { totalOf } from '../src/core/ledger/tokens.ts';
import { findKeys } from '../src/node/findKeys.ts';
import { parseBaseUrl } from '../src/node/parseBaseUrl.ts';
import {
  balance,
  CODE,
  daily,
  type Demands,
  describeDemands,
  ENGLISH,
  explained,
  hasSteps,
  incidentOf,
  KEY_ID,
  ledgerRow,
  platform,
  PROJECT,
  PROXY,
  rowOf,
  rowsOf,
  says,
  stepTexts,
  ticketOf,
  TPD,
} from './support/demands.ts';
import { failed, ORG_A, raw, WORKS } from './support/directAnswers.ts';
import { NoticeHistory } from './support/noticeHistory.ts';
import { MINUTE_MS, NOW, snapshotOf } from './support/quotaViews.ts';
import { ALONE, inputOf, OVERLOADED } from './support/verdictInputs.ts';

const DAILY_LIMIT_GUIDE: Demands = {
  'decode organization, project, key, current and limit': () => {
    const { limit, current, scope } = classify(TPD).fields;
    assert.deepEqual([limit, current, scope], [1_500_000, 1_526_210, 'organization']);
    assert.deepEqual(idLines(supportIdsIn(TPD), english), [
      `Organization ID: ${ORG_A}`,
      `Project ID: ${PROJECT}`,
      `Key ID: ${KEY_ID}`,
    ]);
  },
  'four buckets': () => {
    says(TPD, 'tpd');
    says('429 request reached organization max concurrency: 1, please try again', 'concurrency');
  },
  'five reasons for "I did not use it"': () =>
    hasSteps(
      daily(),
      'rightConsole',
      'sameOrganization',
      'findPrograms',
      'remoteSessions',
      'newKey',
      'waitForReset',
    ),
  'the console that belongs to the key': () => {
    assert.equal(rowOf('rightConsole', daily()).url, 'https://platform.kimi.ai/console');
    const china = incidentOf(TPD, { ...platform, host: 'api.moonshot.cn' });
    assert.equal(rowOf('rightConsole', china).url, 'https://platform.kimi.com/console');
  },
  'phone and Google are two accounts': () => hasSteps(daily(), 'signInKind'),
  'which tool uses my key': async () => {
    const home = await mkdtemp(join(tmpdir(), 'kimi-quota-demands-'));
    const auth = join(home, '.local/share/opencode');
    await mkdir(auth, { recursive: true });
    const entry = { type: 'api', key: 'sk-made-up' };
    await writeFile(join(auth, 'auth.json'), JSON.stringify({ moonshotai: entry }));
    const { keys } = await findKeys({ home, environment: {} });
    await rm(home, { recursive: true });
    assert.deepEqual(
      keys.map(({ program, secret }) => [program, secret]),
      [['openCode', { kind: 'key', key: 'sk-made-up' }]],
    );
    const state = { ...EMPTY_CHECKLIST, places: ['OpenCode (auth.json)'] };
    assert.equal(
      rowOf('findPrograms', daily(), { state }).found,
      'Found in: OpenCode (auth.json).',
    );
  },
  'stop agents and automation, close remote shells': () => {
    hasSteps(daily(), 'runningAgents', 'remoteSessions');
    const inFlight = { at: NOW, total: 0, byAgent: [] };
    assert.equal(rowOf('runningAgents', daily(), { activity: { inFlight } }).state, 'done');
  },
  'signs of a leak': () => {
    const foreignUse = { origin: '', windowId: '5h', from: NOW - 60_000, to: NOW, points: 12 };
    const row = rowOf('explainedUse', daily(), { activity: { foreignUse } });
    assert.deepEqual([row.state, /12 points/.test(row.found ?? '')], ['notDone', true]);
  },
  'a new key, the old one deleted and refused': () => {
    hasSteps(daily(), 'newKey', 'revokeKey', 'switchPrograms', 'oldKeyRefused');
    const after = (result: 'refused' | 'accepted', places: readonly string[]) => {
      const state = { ...EMPTY_CHECKLIST, oldKey: { result, places } };
      return (['oldKeyRefused', 'switchPrograms'] as const).map(
        id => rowOf(id, daily(), { state }).state,
      );
    };
    assert.deepEqual(after('refused', []), ['done', 'done']);
    assert.deepEqual(after('accepted', ['.env']), ['notDone', 'notDone']);
  },
  'is the day rolling or late': () =>
    assert.ok(rowsOf(daily()).some(({ text }) => /is a rolling 24 hours/.test(text))),
  'wait, then retry': () => {
    const fields = { ...classify(TPD).fields, retryAfterSeconds: 1152 };
    assert.equal(judge(inputOf(TPD, { ...platform, fields })).retry, 'at');
  },
  'keep the rate-limit headers': () => {
    const headers = { 'x-ratelimit-remaining': '7', 'retry-after': '1152' };
    const answer = readDirectAnswer({ status: 429, headers, body: '{}', origin: CODE, now: NOW });
    assert.ok(answer.kind === 'refused' && answer.retryAfterSeconds === 1152);
    assert.deepEqual(answer.rateLimits, [{ name: 'x-ratelimit-remaining', value: 7 }]);
  },
  'count tokens, to show who used them': () => {
    const rows = [
      ledgerRow({ agent: 'pi', output: 10 }),
      ledgerRow({ agent: 'codex', output: 90 }),
    ];
    assert.deepEqual(
      sortedGroups(groupRows(rows, { keyOf: keyWriter('agent', ENGLISH) }), 'agent').map(
        ({ key, tokens }) => [key, totalOf(tokens)],
      ),
      [
        ['codex', 90],
        ['pi', 10],
      ],
    );
  },
  'the base URL fits the key, the model the product': () =>
    hasSteps(
      incidentOf('401 Invalid Authentication'),
      'keyFitsHost',
      'modelFitsProduct',
      'whichHost',
    ),
  'an agent moved to another provider without a word': () => {
    const agent = 'opencode';
    const fallbacks = new Fallbacks();
    const failing = incidentOf(OVERLOADED, { agents: [agent] });
    const at = failing.to + MINUTE_MS;
    const evidence = { host: 'openrouter.ai' };
    const answer = {
      kind: 'requestEnded',
      at,
      agent,
      session: 'session_1',
      contentKey: 'k',
    } as const;
    fallbacks.take({ ...answer, evidence, outputTokens: 3 }, [failing]);
    const fallback = fallbacks.of(failing.id) ?? assert.fail();
    assert.match(explained({ ...failing, fallback }).cause, /another provider: openrouter\.ai/);
    const history = new NoticeHistory();
    history.pass(MINUTE_MS);
    const { now } = history;
    history.incidents = [{ ...failing, fallback, from: now, to: now }];
    history.pass(5 * MINUTE_MS);
    assert.deepEqual(history.reported, ['fallback overloaded']);
  },
  'caps: tokens a request, retries, parallel': () => {
    const shape = { ...ALONE, maxCompletionTokens: 32_000 };
    const tpm = '429 request reached organization TPM rate limit, current: 1, limit: 1';
    assert.match(stepTexts(incidentOf(tpm, { ...platform, shape })), /from 32,000/);
    hasSteps(incidentOf(tpm, platform), 'backOff', 'fewerAgents');
  },
  'back off with randomness': () => {
    const byOther = incidentOf(TPD, { ...platform, agents: ['other'] });
    assert.match(rowOf('backOff', byOther).text, /a random delay/);
  },
  'a shorter context': () => assert.match(stepTexts(daily()), /\/compact/),
  'look in the forum, replace the key anyway': () => {
    hasSteps(daily(), 'newKey');
    assert.match(rowOf('askForum', daily()).url ?? '', /^https:\/\/forum\./);
  },
  'a playbook, step by step': () => {
    const order = ['rightConsole', 'findPrograms', 'newKey', 'revokeKey', 'oldKeyRefused'];
    const found = rowsOf(daily()).map(({ id }) => id as string);
    assert.deepEqual(
      found.filter(id => order.includes(id)),
      order,
    );
  },
  'the ticket has every field of the template': () => {
    const text = ticketOf(daily());
    for (const field of [
      ...['From: ', 'GMT', 'Host: api.moonshot.ai', 'Base URL: https://api.moonshot.ai/v1'],
      ...[
        `Organization ID: ${ORG_A}`,
        'Model: ',
        'HTTP status: 429',
        'Steps tried',
        'create a new one',
      ],
      ...['Delete the old key', 'Stop agents', 'Screenshots to add', 'Send it to Kimi: https://'],
    ])
      assert.ok(text.includes(field), `${field}\n${text}`);
  },
};

const BALANCE_THREAD: Demands = {
  'the exact JSON, type and message': () => assert.equal(explained(balance()).original, PROXY),
  'the base URL, and where the balance is looked at': () => {
    const snapshot = snapshotOf([], { balance: { available: 49.58, voucher: 46.58, cash: 3 } });
    assert.match(rowOf('voucherAndCash', balance(), { snapshot }).found ?? '', /46\.58.+3\.00/);
    const elsewhere = incidentOf(PROXY, { provider: 'unknown', host: 'llm.example' });
    assert.match(rowOf('whichHost', elsewhere).found ?? '', /llm\.example, which isn't Kimi's/);
  },
  'errorMessage is not Kimi’s format': () =>
    assert.equal(classify(PROXY).fields.gateway, 'errorMessage proxy'),
  'one direct request splits account and client': () => {
    const urls = (['kimiCode', 'openPlatform'] as const).map(product => {
      const base = product === 'kimiCode' ? `${CODE}/coding/v1` : 'https://api.moonshot.cn/v1';
      const endpoint = parseBaseUrl(base, product);
      return 'problem' in endpoint ? '' : directRequest(endpoint).url;
    });
    assert.deepEqual(urls, [
      'https://api.kimi.com/coding/v1/messages',
      'https://api.moonshot.cn/v1/chat/completions',
    ]);
  },
  'healthy, genuine or altered': () => {
    const failure = failed('balance', { isByGateway: true });
    const genuine = raw(429, {
      error: {
        message: 'suspended due to insufficient balance',
        type: 'exceeded_current_quota_error',
      },
    });
    const altered = raw(429, { errorMessage: '429 suspended due to insufficient balance' });
    const outcomes = [WORKS, genuine, altered].map(
      answer => compareDirect(failure, answer, CODE)[0],
    );
    assert.deepEqual(outcomes, ['gateway', 'account', 'gateway']);
  },
  'give the ids of organization and key': () => assert.match(ticketOf(daily()), new RegExp(KEY_ID)),
  'a temporary key to test, deleted after': () =>
    assert.match(
      rowOf('temporaryKey', balance()).text,
      /create a key for that and delete it after/,
    ),
  'ak- is safe, sk- never': () => {
    const key = `sk-${'A1b2C3d4'.repeat(6)}`;
    assert.ok(!ticketOf(incidentOf(`${TPD} ${key}`, platform)).includes(key.slice(8)));
  },
  'support answers late by mail, the forum sooner': () =>
    assert.match(ticketOf(balance()), /https:\/\/forum\.moonshot\.ai/),
};

describeDemands('a guide to the daily limit', DAILY_LIMIT_GUIDE);
describeDemands('a thread about a balance', BALANCE_THREAD);
