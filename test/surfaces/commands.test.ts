import assert from 'node:assert/strict';
import { env, UIKind } from 'vscode';
import { commandIds, commandNames } from '../../src/core/commands.ts';
import type { Disposable } from '../../src/core/base/event.ts';
import { registerCommands } from '../../src/vscode/commands.ts';
import { settled } from '../support/fakeClock.ts';
import { editor, FakeTextEditor, type FakeList } from '../support/vscode/fakeEditor.ts';
import { createTestContext, type TestContext } from '../support/vscode/testContext.ts';

const WEEK =
  "403 You've reached your weekly (7-day) usage limit. Your quota will reset when the current 7-day window ends.";

interface Row {
  readonly label: string;
  readonly description?: string;
  readonly run?: () => unknown;
}

describe('commands', () => {
  let test: TestContext;
  let registered: Disposable;

  beforeEach(async () => {
    test = await createTestContext();
    registered = registerCommands(test.context);
  });
  afterEach(() => {
    registered.dispose();
    for (const panel of editor.panels) panel.dispose();
    test.dispose();
  });

  it('are all registered, and all disposed', () => {
    const ids = commandNames.map(name => commandIds[name]);
    assert.deepEqual([...editor.registered.keys()], ids);
    registered.dispose();
    assert.equal(editor.registered.size, 0);
  });

  it('pause and resume reading logs, also for the command palette', async () => {
    await editor.run(commandIds.pauseLogs);
    assert.equal(test.context.logs.isPaused, true);
    assert.equal(editor.contextKeys.get('kimiQuota.logsArePaused'), true);
    await editor.run(commandIds.resumeLogs);
    assert.equal(test.context.logs.isPaused, false);
    assert.deepEqual(editor.messages, [
      'status: Agent logs are paused in this window.',
      'status: Agent logs are being read again.',
    ]);
  });

  it('open the console and the settings', async () => {
    await editor.run(commandIds.openConsole);
    assert.deepEqual(editor.opened, ['https://www.kimi.com/code/console']);
    await editor.run(commandIds.openSettings);
    assert.deepEqual(editor.executed, [
      ['workbench.action.openSettings', '@ext:kimi-quota.kimi-quota'],
    ]);
  });

  describe('explain an error', () => {
    /** The state that the dashboard was opened with. */
    async function explained(): Promise<string> {
      const panel = editor.panels.at(-1);
      panel?.say({ kind: 'ready', span: '24h' });
      // The archive is read before the state is there.
      for (let turn = 0; turn < 1000 && panel?.posted.length === 0; turn++)
        await test.clock.advance(0);
      panel?.dispose();
      return JSON.stringify(panel?.posted.at(-1) ?? '');
    }

    it('that is selected in the editor, or in the current line', async () => {
      const shown = new FakeTextEditor('/a.log', ['fine', WEEK]);
      shown.see(1, 1);
      editor.activeEditor = Object.assign(shown, {
        document: { ...shown.document, getText: () => '' },
      });
      await editor.run(commandIds.explainSelection);
      assert.match(await explained(), /weekly/);
    });

    it('that is selected in the terminal, without using the clipboard', async () => {
      editor.terminal = { selection: WEEK };
      editor.clipboard.text = 'of another program';
      await editor.run(commandIds.explainTerminalSelection);
      assert.match(await explained(), /weekly/);
      assert.deepEqual(editor.clipboard, { text: 'of another program', writes: 0 });
      assert.deepEqual(editor.executed, []);
    });

    it('that is pasted, if the editor does not provide the selection', async () => {
      for (const terminal of [undefined, {}, { selection: '' }]) {
        editor.terminal = terminal;
        editor.answers = [WEEK];
        await editor.run(commandIds.explainTerminalSelection);
        assert.match(await explained(), /weekly/);
      }
      assert.equal(editor.clipboard.writes, 0);
    });

    it('that is pasted in a browser, without reading its clipboard, which needs a permission', async () => {
      const { readText } = env.clipboard;
      Object.assign(env, { uiKind: UIKind.Web });
      Object.assign(env.clipboard, { readText: () => Promise.reject(new Error('denied')) });
      editor.answers = [WEEK];
      await editor.run(commandIds.explainText);
      Object.assign(env, { uiKind: UIKind.Desktop });
      Object.assign(env.clipboard, { readText });
      assert.match(await explained(), /weekly/);
    });

    it('that was copied', async () => {
      editor.clipboard.text = WEEK;
      await editor.run(commandIds.explainClipboard);
      assert.match(await explained(), /weekly/);
    });

    // An extension reads a picture as an empty text.
    it('that was copied, but a picture or nothing is there: says so, and leaves it alone', async () => {
      await editor.run(commandIds.explainClipboard);
      await editor.run(commandIds.explainText);
      assert.deepEqual(editor.messages, ['info: No known API error in this text.']);
      assert.deepEqual(editor.clipboard, { text: '', writes: 0 });
      assert.deepEqual(editor.panels, []);
    });

    const nothings: [command: string, prepare: () => void, messages: number][] = [
      [commandIds.explainSelection, () => {}, 1],
      [commandIds.explainText, () => (editor.answers = ['a day like any other']), 1],
      [commandIds.explainText, () => (editor.answers = [' ']), 0],
      [commandIds.explainText, () => {}, 0],
    ];
    for (const [command, prepare, messages] of nothings)
      it(`says ${messages === 0 ? 'nothing' : 'that no error was found'} for ${command} with ${prepare}`, async () => {
        prepare();
        await editor.run(command);
        assert.deepEqual([editor.messages.length, editor.panels.length], [messages, 0]);
      });

    it('that is current before any other', async () => {
      await editor.run(commandIds.explainLastError);
      const [current] = test.context.incidents.incidents;
      assert.match(await explained(), new RegExp(`"id":"${current!.id}"`));
    });
  });

  describe('check Kimi Quota', () => {
    const list = (): FakeList<Row> => editor.lists[0] as FakeList<Row>;
    const labels = (): string[] => list().items.map(({ label }) => label);

    it('shows known data immediately, the current incident first, and the actions', async () => {
      await editor.run(commandIds.check);
      assert.ok(list().isShown);
      assert.match(labels()[0]!, /^\$\(bell-dot\)/);
      assert.ok(labels().some(label => label.includes('5-hour quota')));
      assert.ok(labels().includes('$(refresh) Refresh'));
      list().accept(list().items.find(({ label }) => label.includes('Copy as Text'))!);
      await settled();
      assert.match(editor.clipboard.text, /5-hour/);
      assert.equal(list().isShown, false);
    });

    it('is busy during a check, and not after a failure', async () => {
      const failing = { ...test.context.accounts, onDidChange: test.context.accounts.onDidChange };
      const { current } = test.context.accounts;
      const ask = () => Promise.reject(new Error('sk-kimi-secret'));
      Object.assign(failing, {
        current: {
          views: (now: number) => current.views(now),
          primary: current.primary.bind(current),
          ask,
        },
      });
      const { checkQuota } = await import('../../src/vscode/checkQuota.ts');
      checkQuota({ ...test.context, accounts: failing as never });
      assert.equal(list().busy, true);
      await settled();
      assert.equal(list().busy, false);
      assert.match(test.log.lines.join(), /^error: A task in the background failed: Error/);
      assert.doesNotMatch(test.log.lines.join(), /secret/);
    });

    it('disposes everything when hidden', async () => {
      await editor.run(commandIds.check);
      list().hide();
      const before = list().items;
      await test.context.accounts.current.ask();
      assert.equal(list().items, before);
    });
  });

  it('show watched logs, and turn an agent off', async () => {
    editor.answers = ['$(circle-slash) Claude Code', '$(eye-closed) Turn Off'];
    await editor.run(commandIds.showWatchedLogs);
    const watched = editor.settings.get('kimiQuota.watchedAgents') as string[];
    assert.ok(!watched.includes('claude-code') && watched.includes('kimi-code'));
    const rows = editor.picks.at(-1) as Row[];
    assert.ok(rows.some(({ label }) => label === '$(eye-closed) Claude Code'));
  });

  it('show a support ticket before it is copied', async () => {
    Object.assign(globalThis, { __VERSION__: '1.0.0' });
    editor.answers = ['Copy to Clipboard'];
    await editor.run(commandIds.copySupportTicket);
    assert.equal(editor.documents.length, 1);
    assert.equal(editor.clipboard.text, editor.documents[0]);
  });
});
