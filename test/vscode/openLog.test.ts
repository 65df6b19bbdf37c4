import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commands, window } from 'vscode';
import type { CommandContext } from '../../src/vscode/commandContext.ts';
import { openLogAt } from '../../src/vscode/panelPage.ts';
import { FakeLog } from '../support/fakeLog.ts';

const MB = 1024 * 1024;

describe('the log of an incident in a real editor', () => {
  let folder: string;
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'kimi-quota-log-'))));
  afterEach(() => commands.executeCommand('workbench.action.closeAllEditors'));
  after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

  async function open(path: string, line: number): Promise<FakeLog> {
    const log = new FakeLog();
    const context = {
      archive: { readIncidents: async () => [{ id: 'one', example: { file: path } }] },
      locale: { t: (text: string) => text },
      log,
      placeOf: async () => ({ path, line }),
    };
    await openLogAt(context as unknown as CommandContext, 'one');
    return log;
  }

  it('opens at its line', async () => {
    const path = join(folder, 'small.log');
    await writeFile(path, 'one\ntwo\nthree\n');
    await open(path, 2);
    assert.equal(window.activeTextEditor?.document.uri.fsPath, path);
    assert.equal(window.activeTextEditor.selection.active.line, 2);
  });

  it('opens even if it is too large for extensions', async () => {
    const path = join(folder, 'large.log');
    await writeFile(path, Buffer.alloc(51 * MB, 'a line of some 30 characters.\n'));
    const log = await open(path, 1_000_000);
    assert.deepEqual(log.lines, []);
    const [tab] = window.tabGroups.all.flatMap(({ tabs }) => tabs);
    assert.equal(tab?.label, 'large.log');
  });

  it('does not reject if the file disappeared in the meantime', async () => {
    await open(join(folder, 'gone.log'), 0);
  });
});
