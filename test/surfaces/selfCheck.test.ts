import assert from 'node:assert/strict';
import { commandIds } from '../../src/core/commands.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { parseBaseUrl } from '../../src/node/parseBaseUrl.ts';
import { type Row, selfCheck } from '../../src/vscode/selfCheck.ts';
import { snapshotOf } from '../support/fakeQuotaClient.ts';
import { editor, type FakeList } from '../support/vscode/fakeEditor.ts';
import { settled } from '../support/fakeClock.ts';
import { createTestContext, type TestContext } from '../support/vscode/testContext.ts';

const KEY = `sk-kimi-${'a'.repeat(40)}`;

describe('the self-check', () => {
  let test: TestContext;
  let context: TestContext['context'];
  let asked: string[];
  let learned: string[];
  let quota: object;
  let held: object;
  let endpoint: object;

  beforeEach(async () => {
    [asked, learned] = [[], []];
    quota = { kind: 'fresh', snapshot: snapshotOf(new FakeClock().now(), 16) };
    held = { kind: 'key', key: KEY };
    endpoint = parseBaseUrl('https://api.kimi.com/coding/v1', 'kimiCode');
    test = await createTestContext({
      createProbe: async () => ({
        look: async (key: string | undefined) => {
          asked.push(`look ${key === undefined ? 'without key' : 'with key'}`);
          const models = { kind: 'listed', ids: ['kimi-for-coding'] };
          return { quota, models, clockSkewMs: 0, hasProxyVariable: false };
        },
        chat: async (_key: string, model: string) => (
          asked.push(`chat ${model}`),
          { kind: 'answered' }
        ),
        readStatusPage: async () => (
          asked.push('status page'),
          { kind: 'read', level: 'degraded' }
        ),
      }),
      vault: { read: async () => held, tryOut: async () => 'stored' },
    });
    const account = () => ({ id: 'kimiCode', endpoint });
    const current = {
      lookAtKeys: async () => undefined,
      claimTry: async () => true,
      learn: async (origin: string) => void learned.push(origin),
      usable: () => ('problem' in endpoint ? [] : [account()]),
      views: () => [{ account: account(), view: {} }],
    };
    context = { ...test.context, accounts: { current } } as never;
  });
  afterEach(() => {
    test.dispose();
    const shown = editor.lists.flatMap(({ items }) => items as Row[]);
    const texts = shown.map(({ label, description, detail }) => [label, description, detail]);
    const all = JSON.stringify([texts, editor.messages, editor.clipboard, test.log.lines]);
    assert.ok(!all.includes(KEY));
  });

  const list = () => editor.lists.at(-1) as FakeList<Row>;
  const labels = () => list().items.map(({ label }) => label);
  const row = (title: string): Row => {
    const found = list().items.find(({ label }) => label.includes(title));
    assert.ok(found, `${title} in ${labels().join()}`);
    return found;
  };
  const idle = async (): Promise<void> => {
    for (let turns = 0; turns < 20; turns++) await settled();
  };
  const open = async (): Promise<void> => {
    selfCheck(context);
    await idle();
  };
  const choose = async (title: string): Promise<void> => {
    list().accept(row(title));
    await idle();
  };

  it('asks the host once, shows what works, and teaches the status bar', async () => {
    selfCheck(context);
    assert.equal(list().busy, true);
    await idle();
    assert.equal(list().busy, false);
    assert.deepEqual([asked, learned], [['look with key'], ['https://api.kimi.com']]);
    assert.match(row('Key').label, /^\$\(pass\)/);
    assert.match(row('Chat request').label, /^\$\(circle-slash\)/);
    assert.deepEqual(labels().slice(-3), [
      'Actions',
      '$(copy) Copy Report',
      '$(refresh) Check Again',
    ]);
  });

  it('puts what is broken first, with its step, and opens what fixes it', async () => {
    quota = { kind: 'unauthorized' };
    await open();
    assert.equal(labels()[0], 'Needs attention');
    assert.match(labels()[1]!, /^\$\(error\) /);
    assert.match(labels()[2]!, /^\$\(arrow-right\) /);
    list().accept(list().items[1]!);
    await idle();
    assert.deepEqual(editor.executed, [[commandIds.setApiKey]]);
    assert.equal(list().isShown, false);
  });

  it('opens the settings for a base URL that cannot be used, and asks no host', async () => {
    endpoint = { problem: 'notAUrl' };
    await open();
    assert.deepEqual(asked, []);
    await choose('Host');
    assert.deepEqual(editor.executed, [
      ['workbench.action.openSettings', '@ext:kimi-quota.kimi-quota'],
    ]);
  });

  it('without a key only asks whether the host responds', async () => {
    held = { kind: 'none' };
    await open();
    assert.deepEqual([asked, learned], [['look without key'], []]);
  });

  for (const answer of [undefined, 'Send'])
    it(`a chat request is ${answer ? 'sent once after' : 'not sent without'} a yes`, async () => {
      await open();
      editor.answers = [answer];
      await choose('Chat request');
      assert.deepEqual(asked.slice(1), answer ? ['chat kimi-for-coding'] : []);
      assert.match(row('Chat request').label, answer ? /^\$\(pass\)/ : /^\$\(circle-slash\)/);
      assert.equal(list().isShown, true);
    });

  it("checks Kimi's status page only when its row is chosen", async () => {
    await open();
    await choose('status page');
    assert.deepEqual(asked.slice(1), ['status page']);
    assert.match(row('status page').label, /^\$\(warning\)/);
  });

  it('checks everything again', async () => {
    await open();
    await choose('Check Again');
    assert.deepEqual(asked, ['look with key', 'look with key']);
  });

  it('copies a report, and closes', async () => {
    await open();
    await choose('Copy Report');
    assert.equal(list().isShown, false);
    assert.match(editor.clipboard.text, /1\.0\.0, Fake Code 1\.105\.0/);
    assert.match(editor.clipboard.text, /Key/);
    assert.deepEqual(editor.messages, ['status: The report was copied.']);
  });
});
