import assert from 'node:assert/strict';
import type { Incident } from '../../src/core/incidents/incident.ts';
import { showNotices } from '../../src/vscode/noticeSurface.ts';
import { type Disposable, Emitter } from '../../src/core/base/event.ts';
import { settled } from '../support/fakeClock.ts';
import { judgedAs } from '../support/noticeHistory.ts';
import { editor } from '../support/vscode/fakeEditor.ts';
import { createTestContext, type TestContext } from '../support/vscode/testContext.ts';

describe('notifications', () => {
  let test: TestContext;
  let shown: Disposable | undefined;
  let changed: Emitter<void>;
  let failing: readonly Incident[];

  before(() =>
    Promise.all([
      import('../../src/vscode/quotaPanel.ts'),
      import('../../src/vscode/panelPage.ts'),
    ]),
  );
  beforeEach(async () => {
    test = await createTestContext();
    // As on the disk: what is in memory only is not decided.
    const onDisk = new Proxy(test.context.archive, {
      get: (archive, name) => {
        if (name === 'health') return { kind: 'disk' };
        const value: unknown = Reflect.get(archive, name);
        return typeof value === 'function' ? value.bind(archive) : value;
      },
    });
    changed = new Emitter();
    failing = [];
    const incidents = {
      onDidChange: changed.event,
      get incidents() {
        return failing;
      },
    };
    Object.assign(test.context, { archive: onDisk, incidents });
  });
  afterEach(() => {
    shown?.dispose();
    for (const panel of editor.panels) panel.dispose();
    test.dispose();
  });

  const pass = async (minutes: number): Promise<void> => {
    for (let half = 0; half < 2 * minutes; half++) {
      await test.clock.advance(30_000);
      for (let turns = 0; turns < 20; turns++) await settled();
    }
  };

  /** A key is refused, and these answers are given to what is shown. */
  async function show(...answers: unknown[]): Promise<string[]> {
    editor.answers = answers;
    shown = showNotices(test.context);
    await pass(1);
    const now = test.clock.now();
    failing = [judgedAs('wrong_key', { from: now, to: now })];
    changed.fire();
    await pass(1);
    return editor.messages;
  }

  it('have a headline and three buttons', async () => {
    const [message = '', ...rest] = await show();
    assert.match(message, /^warning: .+ \[Details\] \[Snooze\] \[Mute\]$/);
    assert.deepEqual(rest, []);
  });

  it('open the dashboard at their incident', async () => {
    await show('Details');
    assert.equal(editor.panels.length, 1);
  });

  it('are snoozed for an hour, in every window', async () => {
    assert.equal((await show('Snooze')).at(-1), 'status: Snoozed for 1 hour.');
    shown?.dispose();
    editor.messages = [];
    assert.deepEqual(await show(), []);
  });

  for (const answer of [undefined, 'Open Settings'])
    it(`are muted by their kind, in the settings (${answer ?? 'closed'})`, async () => {
      await show('Mute', answer);
      assert.deepEqual(editor.settings.get('kimiQuota.notifications.muted'), ['failure']);
      assert.match(editor.messages.at(-1)!, /^info: Muted: .* \[Open Settings\]$/);
      assert.deepEqual(
        editor.executed,
        answer ? [['workbench.action.openSettings', '@id:kimiQuota.notifications.muted']] : [],
      );
    });

  it('are not shown where their setting is off', async () => {
    editor.set('kimiQuota.notifications.enabled', false);
    assert.deepEqual(await show(), []);
  });
});
