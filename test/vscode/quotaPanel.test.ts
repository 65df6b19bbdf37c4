import assert from 'node:assert/strict';
import {
  commands,
  extensions,
  l10n,
  Uri,
  ViewColumn,
  window,
  workspace,
  type TabInputWebview,
  type Webview,
  type WebviewPanel,
} from 'vscode';
import { Emitter, type Event } from '../../src/core/base/event.ts';
import type { Incident } from '../../src/core/incidents/incident.ts';
import type { EditorMessage, LedgerMessage } from '../../src/core/panel/panelMessages.ts';
import type { Clock } from '../../src/core/base/ports.ts';
import { SystemClock } from '../../src/node/systemClock.ts';
import { type CommandContext, PANEL_TYPE, PanelPlace } from '../../src/vscode/commandContext.ts';
import { openPanel, revivePanel } from '../../src/vscode/quotaPanel.ts';
import { createSampleContext, type SampleContext } from '../../src/vscode/sampleContext.ts';
import { FakeLog } from '../support/fakeLog.ts';
import { openMemoryArchive } from '../support/memoryArchive.ts';
import { until } from './inHost.ts';

const REVIVED_TYPE = 'kimiQuota.revivedInTest';

/** The tabs of a webview type. */
const tabsOf = (type: string): unknown[] =>
  window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .filter(({ input }) => (input as TabInputWebview).viewType === `mainThreadWebview-${type}`);

/** Counts listeners, so that a test finds leaks. */
class CountedEmitter {
  readonly #emitter = new Emitter<void>();
  listenerCount = 0;
  readonly event: Event<void> = listener => {
    const listening = this.#emitter.event(listener);
    this.listenerCount++;
    return { dispose: () => (this.listenerCount--, listening.dispose()) };
  };

  fire(): void {
    this.#emitter.fire();
  }
}

describe('the dashboard in a real editor', () => {
  const changes = new CountedEmitter();
  const pending = new Set<object>();
  let sample: SampleContext;
  let incidents: readonly Incident[];
  let context: CommandContext;
  let log: FakeLog;

  before(async () => {
    const { extensionUri } = extensions.getExtension('kimi-quota.kimi-quota')!;
    log = new FakeLog();
    const own = {
      clock: new SystemClock(),
      locale: { language: 'en', t: l10n.t },
      log,
      extensionUri,
      panel: new PanelPlace(),
      openMemory: () => openMemoryArchive(),
    };
    const settings = () => ({ 'statusBar.account': 'auto', region: 'kimi.com' });
    sample = await createSampleContext({ ...own, settings } as unknown as CommandContext);
    const { accounts, agents } = sample.context;
    incidents = sample.context.incidents.incidents;
    const onDidChange = changes.event;
    context = {
      ...sample.context,
      isSample: false,
      accounts: { current: accounts.current, onDidChange },
      agents: { activity: agents.activity, onDidChange },
      clock: countedClock(),
      incidents: {
        onDidChange,
        get incidents() {
          return incidents;
        },
      },
    } as unknown as CommandContext;
  });
  afterEach(() => commands.executeCommand('workbench.action.closeAllEditors'));
  after(() => sample.dispose());

  /** The real clock; `pending` contains the dashboard's timers. */
  function countedClock(): Clock {
    const clock = new SystemClock();
    return {
      now: () => clock.now(),
      monotonicMs: () => clock.monotonicMs(),
      after: (delayMs, callback) => {
        const timer = clock.after(delayMs, () => (pending.delete(timer), callback()));
        pending.add(timer);
        return { dispose: () => (pending.delete(timer), timer.dispose()) };
      },
    };
  }

  /** A real webview panel whose messages pass through the test. */
  function revived(): { panel: WebviewPanel; posted: EditorMessage[] } {
    const panel = window.createWebviewPanel(REVIVED_TYPE, 'Before', ViewColumn.Active);
    const posted: EditorMessage[] = [];
    const webview = new Proxy(panel.webview, {
      get: (target, name) => {
        if (name === 'postMessage')
          return (message: EditorMessage | LedgerMessage) => {
            // The page asks for it once it has a state, whenever that is.
            if (message.kind !== 'ledger') posted.push(message);
            return target.postMessage(message);
          };
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
      set: (target, name, value) => Reflect.set(target, name, value),
    });
    const spied = new Proxy(panel, {
      get: (target, name): unknown => {
        if (name === 'webview') return webview satisfies Webview;
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
      set: (target, name, value) => Reflect.set(target, name, value),
    });
    revivePanel(context, spied);
    return { panel, posted };
  }

  function changeIncidents(): void {
    incidents = incidents.map(incident => ({ ...incident, count: incident.count + 1 }));
    changes.fire();
  }

  const kinds = (posted: readonly EditorMessage[]): string[] => posted.map(({ kind }) => kind);

  it('exists once, however often it is opened', async () => {
    openPanel(context);
    openPanel(context, incidents[0]?.id);
    await until(() => tabsOf(PANEL_TYPE).length === 1, 'no panel');
    openPanel(context);
    assert.equal(tabsOf(PANEL_TYPE).length, 1);
  });

  it('exists once when the restored one becomes visible after another was opened', async () => {
    openPanel(context);
    await until(() => tabsOf(PANEL_TYPE).length === 1, 'no panel');
    revived();
    await until(() => tabsOf(PANEL_TYPE).length === 0, 'the other is still there');
    assert.equal(tabsOf(REVIVED_TYPE).length, 1);
  });

  it('sends the whole state after a reload, then changes', async () => {
    const { posted } = revived();
    await until(() => posted.length === 1, 'nothing was sent to the page');
    changeIncidents();
    await until(() => posted.length === 2, 'a change was not sent');
    assert.deepEqual(kinds(posted), ['state', 'change']);
    const message = posted[1];
    assert.ok(message?.kind === 'change' && message.change.incidents);
  });

  it('neither reads nor sends while hidden, and sends everything when visible again', async () => {
    const { panel, posted } = revived();
    await until(() => posted.length === 1, 'nothing was sent to the page');
    const document = await workspace.openTextDocument({ content: 'A file.' });
    await window.showTextDocument(document, panel.viewColumn);
    await until(() => !panel.visible, 'the panel is still seen');
    await until(() => pending.size === 0, 'something is still due');
    changeIncidents();
    assert.equal(pending.size, 0);
    panel.reveal();
    await until(() => posted.length === 2, 'nothing was sent when it was visible again');
    assert.deepEqual(kinds(posted), ['state', 'state']);
  });

  it('disposes everything when closed', async () => {
    const { panel, posted } = revived();
    await until(() => posted.length === 1, 'nothing was sent to the page');
    assert.equal(changes.listenerCount, 3);
    changeIncidents();
    panel.dispose();
    await until(() => changes.listenerCount === 0, 'something still listens');
    await until(() => pending.size === 0, 'something is still due');
    changeIncidents();
    assert.deepEqual([pending.size, log.lines], [0, []]);
    openPanel(context);
    await until(() => tabsOf(PANEL_TYPE).length === 1, 'it cannot be opened again');
  });

  it('allows its page only its own files', () => {
    const { panel } = revived();
    const { html, options } = panel.webview;
    assert.match(
      html,
      /default-src 'none'; style-src [^;]+; script-src 'nonce-[\w-]{36}'; base-uri 'none'; form-action 'none'/,
    );
    const dist = Uri.joinPath(context.extensionUri, 'dist').toString();
    assert.deepEqual(options.localResourceRoots?.map(String), [dist]);
  });
});
