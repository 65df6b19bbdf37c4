import assert from 'node:assert/strict';
import { Emitter, type Disposable } from '../../src/core/base/event.ts';
import { Settings } from '../../src/core/settings.ts';
import type { CommandContext } from '../../src/vscode/commandContext.ts';
import { registerNotices } from '../../src/vscode/notices.ts';
import { selfCheck } from '../../src/vscode/selfCheck.ts';
import { ShownSurfaces } from '../../src/vscode/shownSurfaces.ts';
import { readTerminals } from '../../src/vscode/terminalReading.ts';
import { editorPlaces, VscodeSettings, writeSettings } from '../../src/vscode/vscodeSettings.ts';
import { Uri } from 'vscode';
import { settled } from '../support/fakeClock.ts';
import { editor } from '../support/vscode/fakeEditor.ts';
import { createTestContext, type TestContext } from '../support/vscode/testContext.ts';

describe('background work', () => {
  let test: TestContext;

  beforeEach(async () => (test = await createTestContext()));
  afterEach(() => test.dispose());

  async function soon(): Promise<void> {
    for (let times = 0; times < 10; times++) await settled();
  }

  describe('sample data', () => {
    before(() =>
      Promise.all([
        import('../../src/vscode/sampleContext.ts'),
        import('../../src/vscode/quotaPanel.ts'),
      ]),
    );

    it("replaces the user's data in every surface until it ends", async () => {
      const shown: CommandContext[] = [];
      let gone = 0;
      const surfaces = new ShownSurfaces(test.context, context => {
        shown.push(context);
        return { dispose: () => gone++ };
      });
      await Promise.all([surfaces.start(), surfaces.start()]);
      assert.deepEqual(
        shown.map(({ isSample }) => isSample),
        [false, true],
      );
      assert.equal(editor.contextKeys.get('kimiQuota.sampleIsOn'), true);
      assert.deepEqual(
        editor.panels.map(({ viewType }) => viewType),
        ['kimiQuota.samplePanel'],
      );
      surfaces.end();
      surfaces.end();
      assert.equal(editor.panels[0]?.isDisposed, true);
      assert.equal(editor.contextKeys.get('kimiQuota.sampleIsOn'), undefined);
      assert.deepEqual([shown.length, gone], [3, 2]);
      surfaces.dispose();
      assert.equal(gone, 3);
    });
  });

  describe('the self-check', () => {
    const list = () => editor.lists[0]!;

    it('is not busy after a failure, and can be closed', async () => {
      const fail = () => Promise.reject(new Error('sk-kimi-secret'));
      const accounts = { current: { follow: fail, lookAtKeys: fail } };
      selfCheck({ ...test.context, accounts } as never);
      assert.equal(list().busy, true);
      await soon();
      assert.equal(list().busy, false);
      assert.match(test.log.lines.join(), /^error: A task in the background failed: Error/);
      assert.doesNotMatch(test.log.lines.join(), /secret/);
      list().hide();
    });
  });

  describe('notifications', () => {
    it('are decided only in the window with the lease', async () => {
      const changed = new Emitter<void>();
      const lease = { isHeld: false, onDidChange: changed.event, claimRead: async () => true };
      let looks = 0;
      const archive = {
        health: { kind: 'disk' },
        get: async () => void looks++,
        set: async () => {},
      };
      const context = { ...test.context, lease, archive } as never;
      await import('../../src/vscode/noticeSurface.ts');
      const notices = registerNotices(context);
      changed.fire();
      await soon();
      assert.equal(looks, 0);
      lease.isHeld = true;
      changed.fire();
      await soon();
      assert.ok(looks > 0);
      notices.dispose();
      assert.equal(changed.listenerCount, 0);
    });
  });

  describe('terminal reading', () => {
    let reading: Disposable;
    let errors: string[];

    beforeEach(() => {
      errors = [];
      const appendTerminalError = async ({ text }: { text: string }) => void errors.push(text);
      reading = readTerminals({ ...test.context, appendTerminalError });
    });
    afterEach(() => reading.dispose());

    /** A command in a terminal with shell integration. */
    function start(commandLine: string, read: () => AsyncIterable<string>): void {
      editor.terminalStarted.fire({ execution: { commandLine: { value: commandLine }, read } });
    }
    async function* output(): AsyncGenerator<string> {
      yield 'API Error: 4';
      yield "29 We're receiving too many requests at the moment. Please wait.\r\n";
    }

    async function* broken(): AsyncGenerator<string> {
      throw new Error('/home/me/sk-kimi-secret');
    }

    it("finds errors of agents, and reads no other command's output", async () => {
      start('make test', output);
      await soon();
      assert.deepEqual(errors, []);
      start('kimi', output);
      await soon();
      await test.clock.advance(2000);
      assert.match(errors.join(), /too many requests/);
    });

    it('logs a terminal that fails', async () => {
      start('kimi', broken);
      await soon();
      assert.equal(test.log.lines.length, 1);
      assert.doesNotMatch(test.log.lines[0]!, /secret/);
    });
  });

  describe('settings', () => {
    it('are parsed with the schema, and report only their own changes', () => {
      const settings = new VscodeSettings();
      const seen: string[] = [];
      settings.onDidChange(({ region }) => seen.push(region));
      assert.deepEqual(settings.value, Settings.parse({}));
      editor.set('kimiQuota.region', 'kimi.ai');
      editor.set('otherExtension.region', 'x');
      assert.deepEqual([seen, settings.value.region], [['kimi.ai'], 'kimi.ai']);
      settings.dispose();
      assert.equal(editor.configurationChanged.listenerCount, 0);
    });

    it("are written to the user's settings, and removed if empty", async () => {
      await writeSettings({ baseUrl: 'https://relay.example', openPlatformBaseUrl: '' });
      assert.equal(editor.settings.get('kimiQuota.baseUrl'), 'https://relay.example');
      assert.equal(editor.settings.get('kimiQuota.openPlatformBaseUrl'), undefined);
    });

    for (const [path, isTaken] of [
      ['/data/tasks', true],
      ['D:\\tasks', true],
      ['//server/share', false],
      ['tasks', false],
      [7, false],
    ] as const)
      it(`${isTaken ? 'takes' : 'does not take'} ${path} for a folder of another extension`, () => {
        editor.settings.set('roo-cline.customStoragePath', path);
        const { customStorages } = editorPlaces(Uri.file('/storage/own'), Settings.parse({}));
        assert.deepEqual(customStorages, isTaken ? { 'roo-code': path } : {});
      });
  });
});
