import assert from 'node:assert/strict';
import type { Endpoint } from '../../src/core/accounts/endpoint.ts';
import { loadChecklist } from '../../src/core/diagnosis/checklistState.ts';
import { loadDirectResults } from '../../src/core/diagnosis/directResults.ts';
import { loadStatus } from '../../src/core/diagnosis/liveStatus.ts';
import type { Incident } from '../../src/core/incidents/incident.ts';
import { EndpointProbe } from '../../src/node/endpointProbe.ts';
import { parseBaseUrl } from '../../src/node/parseBaseUrl.ts';
import { QuotaEndpoint } from '../../src/node/quotaEndpoint.ts';
import type { CommandContext } from '../../src/vscode/commandContext.ts';
import { testAccount, testOldKey } from '../../src/vscode/diagnose.ts';
import { askForStatus, readStatusIfWanted } from '../../src/vscode/statusPage.ts';
import { incidentOf, UNSURE } from '../support/incidents.ts';
import { startKimiService, type KimiService } from '../support/kimiService/kimiService.ts';
import { MINUTE_MS } from '../support/quotaViews.ts';
import { editor } from '../support/vscode/fakeEditor.ts';
import { createTestContext, type TestContext } from '../support/vscode/testContext.ts';

let test: TestContext;

/** The context with one incident, which is open now. */
function withIncident(fields: Partial<Incident>): CommandContext {
  const now = test.clock.now();
  const incident = incidentOf('i', { from: now, to: now, state: 'running', ...fields });
  const incidents = { incidents: [incident], onDidChange: test.context.incidents.onDidChange };
  return { ...test.context, incidents: incidents as never };
}

describe('the status page in the editor', () => {
  afterEach(() => test.dispose());
  const sent: { readonly url: string; readonly headers: object }[] = [];
  const fetch = async (url: string, init: object): Promise<Response> => {
    sent.push({ url, headers: (init as { headers?: object }).headers ?? {} });
    return Response.json({ status: { indicator: 'major' }, incidents: [{ name: 'API errors' }] });
  };
  const busy = { category: 'overloaded', verdict: { ...UNSURE, cause: 'overloaded' } } as const;

  beforeEach(async () => {
    sent.length = 0;
    test = await createTestContext({
      createProbe: async (endpoint: Endpoint) =>
        new EndpointProbe({ endpoint, fetch, userAgent: 'test', now: Date.now }),
    });
  });

  const cases: [
    fact: string,
    setting: string | undefined,
    fields: Partial<Incident>,
    sent: 0 | 1,
  ][] = [
    ['overload, allowed', 'allow', busy, 1],
    [
      'a server error, allowed',
      'allow',
      { ...busy, verdict: { ...UNSURE, cause: 'server_error' } },
      1,
    ],
    ['an unclear cause, allowed', 'allow', { verdict: UNSURE }, 1],
    ['overload, not allowed yet', undefined, busy, 0],
    ['overload, never', 'never', busy, 0],
    ['a used-up quota', 'allow', { verdict: { ...UNSURE, cause: 'quota_5h' } }, 0],
    ['overload that recovered', 'allow', { ...busy, state: 'recovered' }, 0],
    ['overload of another provider', 'allow', { ...busy, provider: 'other' }, 0],
  ];
  for (const [fact, setting, fields, count] of cases)
    it(`is asked ${count} times for ${fact}`, async () => {
      if (setting !== undefined) editor.set('kimiQuota.statusPage', setting);
      await readStatusIfWanted(withIncident(fields));
      assert.equal(sent.length, count);
    });

  it('is asked once in five minutes by all windows, without a key', async () => {
    editor.set('kimiQuota.statusPage', 'allow');
    for (let minute = 0; minute < 16; minute++) {
      const context = withIncident(busy);
      await Promise.all([readStatusIfWanted(context), readStatusIfWanted(context)]);
      await test.clock.advance(MINUTE_MS);
    }
    assert.equal(sent.length, 4);
    assert.deepEqual(
      [...new Set(sent.map(({ url }) => url))],
      ['https://status.moonshot.cn/api/v2/summary.json'],
    );
    assert.doesNotMatch(JSON.stringify(sent), /authorization|api-key|bearer|sk-/i);
    const { level, incident } = (await loadStatus(test.context.archive, test.clock.now())) ?? {};
    assert.deepEqual([level, incident], ['down', 'API errors']);
  });

  it('is asked after a press only if the question is answered', async () => {
    await askForStatus(test.context);
    assert.equal(sent.length, 0);
    assert.match(
      editor.messages[0] ?? '',
      /^info: Check status\.moonshot\.cn\? \[Allow\] \[Only Now\]/,
    );
    editor.answers = ['Only Now'];
    await askForStatus(test.context);
    assert.deepEqual([sent.length, editor.settings.get('kimiQuota.statusPage')], [1, undefined]);
    editor.answers = ['Allow'];
    await askForStatus(test.context);
    assert.deepEqual([sent.length, editor.settings.get('kimiQuota.statusPage')], [1, 'allow']);
    assert.match(editor.messages.at(-1) ?? '', /at most every 5 minutes/);
    await test.clock.advance(5 * MINUTE_MS);
    await askForStatus(test.context);
    assert.equal(sent.length, 2);
  });
});

describe('the direct test in the editor, counted by Kimi', () => {
  let kimi: KimiService;

  beforeEach(async () => {
    kimi = await startKimiService();
    const endpoint = parseBaseUrl(kimi.baseUrl, 'kimiCode');
    if ('problem' in endpoint) return assert.fail(endpoint.problem);
    const options = { endpoint, fetch, userAgent: 'test', now: Date.now };
    test = await createTestContext({
      createProbe: async () => new EndpointProbe(options),
      createClient: () => new QuotaEndpoint(options),
      vault: { read: async () => ({ kind: 'key', key: kimi.key }) },
      finder: { find: async () => ({ keys: [], problems: [] }) },
    });
  });
  afterEach(async () => {
    test.dispose();
    await kimi.close();
  });

  const newest = async (): Promise<Incident> =>
    (await test.context.archive.readIncidents()).at(-1) ?? assert.fail();

  for (const answer of [undefined, 'Cancel'])
    it(`sends nothing after ${answer ?? 'Escape'}`, async () => {
      editor.answers = [answer];
      await testAccount(test.context, (await newest()).id);
      assert.match(
        editor.messages[0] ?? '',
        /^info: Send one request to .+\? \[Send\] \[Copy as curl\]/,
      );
      assert.equal(kimi.requests.length, 0);
    });

  it('sends one request after Send, and stores the result at the incident', async () => {
    const { id } = await newest();
    editor.answers = ['Send'];
    await testAccount(test.context, id);
    assert.deepEqual(
      kimi.requests.map(({ method, path }) => `${method} ${path}`),
      ['POST /coding/v1/messages'],
    );
    const result = (await loadDirectResults(test.context.archive)).get(id);
    assert.equal(result?.answer.kind, 'answered');
  });

  it('the old key is sent once, after it was typed, and only its result is stored', async () => {
    const { id } = await newest();
    await testOldKey(test.context, id);
    assert.equal(kimi.requests.length, 0);
    editor.answers = ['sk-kimi-an-old-key-of-nobody'];
    await testOldKey(test.context, id);
    assert.equal(kimi.requests.length, 1);
    const { oldKey } = await loadChecklist(test.context.archive, id);
    assert.deepEqual(oldKey, { result: 'refused', places: [] });
    editor.answers = [kimi.key];
    await testOldKey(test.context, id);
    assert.equal((await loadChecklist(test.context.archive, id)).oldKey?.result, 'accepted');
    assert.ok(!JSON.stringify(await loadChecklist(test.context.archive, id)).includes(kimi.key));
  });
});
