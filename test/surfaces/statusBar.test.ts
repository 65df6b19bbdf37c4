import assert from 'node:assert/strict';
import { Emitter } from '../../src/core/base/event.ts';
import { createQuotaApi } from '../../src/vscode/quotaApi.ts';
import { quotaToolResult } from '../../src/vscode/quotaTool.ts';
import { StatusBar } from '../../src/vscode/statusBar.ts';
import { followHasKey, registerStorageNotice } from '../../src/vscode/surfaces.ts';
import { settled } from '../support/fakeClock.ts';
import { editor } from '../support/vscode/fakeEditor.ts';
import { createTestContext, type TestContext } from '../support/vscode/testContext.ts';

describe('passive surfaces', () => {
  let test: TestContext;

  before(() =>
    Promise.all([
      import('../../src/vscode/quotaTooltip.ts'),
      import('../../src/core/explain/explain.ts'),
    ]),
  );
  beforeEach(async () => (test = await createTestContext()));
  afterEach(() => test.dispose());

  async function drawn(more: object = {}) {
    const bar = new StatusBar({ ...test.context, ...more });
    for (let times = 0; times < 5; times++) await settled();
    const [item] = editor.items;
    assert.ok(item);
    return { bar, item };
  }
  const calm = { incidents: { incidents: [], onDidChange: new Emitter<void>().event } };

  it('show the quota left in the status bar, the tooltip and the accessible label', async () => {
    const { bar, item } = await drawn(calm);
    assert.equal(item.text, '$(dashboard) 5h 87% · wk 81% · mo 70%');
    assert.match(item.tooltip?.value ?? '', /5\\-hour quota/);
    assert.match(item.accessibilityInformation?.label ?? '', /87/);
    bar.dispose();
  });

  for (const [settings, text] of [
    [{ 'statusBar.show': 'used' }, '$(dashboard) 5h 13% · wk 19% · mo 30%'],
    [{ 'statusBar.density': 'icon' }, '$(dashboard)'],
  ] as const)
    it(`respect ${JSON.stringify(settings)}`, async () => {
      for (const [name, value] of Object.entries(settings))
        editor.settings.set(`kimiQuota.${name}`, value);
      const { bar, item } = await drawn(calm);
      assert.equal(item.text, text);
      bar.dispose();
    });

  it('show the current incident once its text is loaded, marked as sample', async () => {
    const { bar, item } = await drawn({ isSample: true });
    assert.match(item.text, /^\$\(bell-dot\) Sample · /);
    assert.match(item.tooltip?.value ?? '', /Too many parallel requests/);
    bar.dispose();
  });

  it('keep an open tooltip while its text is unchanged', async () => {
    const changed = new Emitter<void>();
    const { bar, item } = await drawn({ incidents: { incidents: [], onDidChange: changed.event } });
    const { tooltip } = item;
    changed.fire();
    for (let times = 0; times < 5; times++) await settled();
    assert.equal(item.tooltip, tooltip);
    bar.dispose();
    assert.equal(changed.listenerCount, 0);
  });

  it('continue after an error in the text, and log it once', async () => {
    const views = () => {
      throw new Error('sk-kimi-secret');
    };
    const { current } = test.context.accounts;
    const primary = current.primary.bind(current);
    const accounts = { current: { primary, views }, onDidChange: new Emitter<void>().event };
    const { bar, item } = await drawn({ ...calm, accounts });
    assert.match(item.text, /5h 87%/);
    assert.equal(test.log.lines.length, 1);
    assert.doesNotMatch(test.log.lines[0]!, /secret/);
    bar.dispose();
  });

  it('set the context key when the state of the key changes', () => {
    const changed = new Emitter<void>();
    let state = 'signedOut';
    const accounts = {
      current: { views: () => [{ view: { state } }] },
      onDidChange: changed.event,
    };
    const following = followHasKey({ ...test.context, accounts } as never);
    const reported: unknown[] = [];
    for (state of ['signedOut', 'ok', 'low', 'noKeyRing']) {
      editor.contextKeys.clear();
      changed.fire();
      reported.push(editor.contextKeys.get('kimiQuota.hasKey'));
    }
    assert.deepEqual(reported, [undefined, true, undefined, false]);
    following.dispose();
    assert.equal(changed.listenerCount, 0);
  });

  it('warn once per window that nothing can be saved', async () => {
    const changed = new Emitter<void>();
    const archive = { health: { kind: 'disk', reason: 'full' }, onDidChangeHealth: changed.event };
    registerStorageNotice({ ...test.context, archive } as never);
    changed.fire();
    assert.deepEqual(editor.messages, []);
    archive.health.kind = 'memory';
    editor.answers = ['Show Log'];
    changed.fire();
    changed.fire();
    await settled();
    assert.equal(editor.messages.length, 1);
    assert.match(editor.messages[0]!, /^warning: Nothing can be saved: .* \[Show Log\]$/);
    assert.deepEqual(editor.executed, [['kimiQuota.showLog']]);
  });

  it('provide numbers and codes to other extensions and agents', async () => {
    const api = createQuotaApi(test.context);
    let changes = 0;
    const listening = api.onDidChange(() => changes++);
    const { accounts } = await api.snapshot();
    assert.equal(accounts[0]?.windows.length, 3);
    await test.context.accounts.current.ask();
    assert.ok(changes > 0);
    listening.dispose();
    const { content } = await quotaToolResult(test.context);
    const answer = JSON.parse((content as { value: string }[])[0]!.value) as {
      incidents: { from: string }[];
    };
    assert.match(answer.incidents[0]!.from, /^\d{4}-\d\d-\d\dT/);
  });
});
