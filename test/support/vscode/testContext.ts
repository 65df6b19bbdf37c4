import { openMemoryArchive } from '../memoryArchive.ts';
import { type CommandContext, PanelPlace } from '../../../src/vscode/commandContext.ts';
import { createSampleContext } from '../../../src/vscode/sampleContext.ts';
import { Emitter } from '../../../src/core/base/event.ts';
import { english } from '../../../src/core/base/format.ts';
import { Settings } from '../../../src/core/settings.ts';
import { Uri } from 'vscode';
import { FakeClock } from '../fakeClock.ts';
import { FakeLog } from '../fakeLog.ts';
import { editor } from './fakeEditor.ts';

/** What a surface works on, and how a test moves it. */
export interface TestContext {
  readonly context: CommandContext;
  readonly clock: FakeClock;
  readonly log: FakeLog;
  /** Must be disposed of after the test. */
  readonly dispose: () => void;
}

/**
 * The account, incidents and agents of the sample as if they were the user's own, over the editor
 * in memory, which is reset. Settings are those of the editor.
 */
export async function createTestContext(more: object = {}): Promise<TestContext> {
  editor.reset();
  const [clock, log] = [new FakeClock(), new FakeLog()];
  const settings = (): Settings =>
    Settings.parse(
      Object.fromEntries(
        [...editor.settings].map(([name, value]) => [name.replace('kimiQuota.', ''), value]),
      ),
    );
  const own = {
    clock,
    log,
    settings,
    locale: { language: 'en', timeZone: 'UTC', t: english },
    extensionUri: Uri.file('/extension'),
    archivePath: '/storage/kimi-quota.db',
    lease: { isHeld: false, onDidChange: new Emitter<void>().event, claimRead: async () => true },
    logs: { isPaused: false },
    panel: new PanelPlace(),
    vault: { read: async () => ({ kind: 'none' }) },
    openMemory: () => openMemoryArchive(clock),
    pathOf: ({ file }: { readonly file: string }) => `/home/me/${file}`,
  };
  const sample = await createSampleContext(own as unknown as CommandContext);
  const context = { ...sample.context, isSample: false, ...more } as CommandContext;
  const ended = { real: context, start: async () => {}, end: () => {} };
  return { context: { ...context, sample: ended }, clock, log, dispose: () => sample.dispose() };
}
