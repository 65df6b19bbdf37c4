import assert from 'node:assert/strict';
import type { EditorMessage } from '../../src/core/panel/panelMessages.ts';
import { openLogAt } from '../../src/vscode/panelPage.ts';
import { openPanel, openWords, revivePanel } from '../../src/vscode/quotaPanel.ts';
import { wordsOfText } from '../../src/core/errors/wordsOfText.ts';
import { showView } from '../../src/vscode/quotaView.ts';
import { settled } from '../support/fakeClock.ts';
import { editor, FakePanel } from '../support/vscode/fakeEditor.ts';
import { createTestContext, type TestContext } from '../support/vscode/testContext.ts';

describe('the panel', () => {
  let test: TestContext;

  beforeEach(async () => (test = await createTestContext()));
  afterEach(() => {
    for (const panel of editor.panels) panel.dispose();
    test.dispose();
  });

  const open = (): FakePanel[] => editor.panels.filter(({ isDisposed }) => !isDisposed);
  async function ready(panel: FakePanel): Promise<void> {
    panel.say({ kind: 'ready', span: '24h' });
    await test.clock.advance(1000);
  }
  /** The target that is open in the page, by the last message about it. */
  const shownId = (panel: FakePanel): string | undefined =>
    (panel.posted as EditorMessage[])
      .map(message => (message.kind === 'state' ? message.state.detail : message.change.detail))
      .findLast(detail => detail !== undefined)?.id;

  it('exists once, with real or sample data', () => {
    openPanel(test.context);
    openPanel(test.context);
    assert.deepEqual([open().length, editor.panels[0]?.revealCount], [1, 1]);
    const sample = { ...test.context, isSample: true };
    openPanel(sample);
    assert.deepEqual(
      open().map(({ viewType }) => viewType),
      ['kimiQuota.samplePanel'],
    );
    sample.panel.close(test.context);
    assert.equal(open().length, 1);
    sample.panel.close(sample);
    assert.equal(open().length, 0);
    openPanel(test.context);
    assert.equal(open().length, 1);
  });

  it('closes for a dashboard that is restored after a reload', () => {
    openPanel(test.context);
    const before = new FakePanel('kimiQuota.panel');
    revivePanel(test.context, before as never);
    assert.equal(open().length, 0);
    assert.equal(before.isDisposed, false);
    before.dispose();
  });

  it('opens a clicked incident and completes the walkthrough step', async () => {
    openPanel(test.context);
    const panel = open()[0]!;
    await ready(panel);
    assert.equal(editor.contextKeys.has('kimiQuota.explained'), false);
    const { id } = test.context.incidents.incidents[0]!;
    panel.say({ kind: 'openIncident', id });
    await settled();
    const message = panel.posted.at(-1) as EditorMessage;
    assert.deepEqual(message.kind === 'change' && Object.keys(message.change), ['detail']);
    assert.equal(shownId(panel), id);
    assert.equal(editor.contextKeys.get('kimiQuota.explained'), true);
  });

  it('shows the current incident for an error text with the same meaning, otherwise the text', async () => {
    const [{ id, category } = assert.fail()] = test.context.incidents.incidents;
    const words = wordsOfText('429 request reached organization max concurrency: 50')!;
    openWords(test.context, { ...words, category: category! });
    const panel = open()[0]!;
    await ready(panel);
    assert.equal(shownId(panel), id);
    openWords(test.context, { ...words, category: 'balance' });
    await settled();
    assert.equal(shownId(panel), 'words');
  });

  it('carries out requests of its page and logs failures', async () => {
    openPanel(test.context);
    const [panel] = open();
    panel!.say({ kind: 'command', command: 'refresh' });
    panel!.say({ kind: 'copyTicket', id: 'one' });
    panel!.say({ kind: 'openLink', url: 'https://www.kimi.com/code/console' });
    editor.failing = 'kimiQuota.check';
    panel!.say({ kind: 'command', command: 'check' });
    await settled();
    assert.deepEqual(editor.executed, [
      ['kimiQuota.refresh'],
      ['kimiQuota.copySupportTicket', 'one'],
    ]);
    assert.deepEqual(editor.opened, ['https://www.kimi.com/code/console']);
    assert.equal(test.log.lines.length, 1);
    assert.doesNotMatch(test.log.lines[0]!, /secret/);
  });

  it('is also a view with the number of ongoing incidents, whose page sample data replaces', async () => {
    const fake = new FakePanel('kimiQuota.view');
    const view = Object.assign(fake, {
      onDidChangeVisibility: fake.onDidChangeViewState,
      badge: undefined as { readonly value: number } | undefined,
    });
    showView(test.context, view as never);
    assert.equal(view.badge?.value, 1);
    assert.match(view.webview.html, /data-place="view"/);
    await ready(view);
    assert.equal(view.posted.length, 1);
    showView({ ...test.context, isSample: true }, view as never);
    await ready(view);
    // The replaced page no longer answers.
    const states = (view.posted as EditorMessage[]).filter(({ kind }) => kind === 'state');
    assert.equal(states.length, 2);
    view.dispose();
    assert.equal(test.context.panel.view, undefined);
  });

  describe('openLogAt', () => {
    const cases: [
      name: string,
      file: string,
      line: number | undefined,
      fails: boolean,
      message: string,
    ][] = [
      ['opens the log at its line', 'a.jsonl', 7, false, ''],
      ['reports a log that no longer exists', 'a.jsonl', undefined, false, 'no longer exists'],
      ['reports a database', 'state.sqlite', 7, false, 'in a database'],
      ['reports a log that the editor cannot open', 'a.jsonl', 7, true, 'could not be opened'],
    ];
    for (const [name, file, line, fails, words] of cases)
      it(name, async () => {
        const [incident] = test.context.incidents.incidents;
        const example = { ...incident!.example, file };
        const context = {
          ...test.context,
          archive: { readIncidents: async () => [{ ...incident!, example }] },
          placeOf: async () => (line === undefined ? undefined : { path: `/${file}`, line }),
        } as never;
        if (fails) editor.failing = 'vscode.open';
        await openLogAt(context, incident!.id);
        const [[command, uri, options] = []] = editor.executed;
        const { selection } = (options ?? {}) as { selection?: { start: { line: number } } };
        assert.deepEqual(
          [command, uri === undefined ? undefined : String(uri), selection?.start.line],
          words === '' ? ['vscode.open', 'file:///a.jsonl', 7] : [undefined, undefined, undefined],
        );
        assert.match(editor.messages.join(), new RegExp(words));
        assert.doesNotMatch(test.log.lines.join(), /secret/);
      });

    it('reports an unknown incident', async () => {
      await openLogAt(test.context, 'unknown');
      assert.match(editor.messages.join(), /no longer exists/);
    });
  });
});
