import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostReport, HostTask } from './extensionHost.ts';
import { layOutHome, WINDOWS_LOGS } from './home.ts';

const extension = process.env['KIMI_QUOTA_EXTENSION'];
const AGENTS = [...new Set(WINDOWS_LOGS.map(([agent]) => agent))];

if (extension)
  describe('the packaged extension on Windows', () => {
    let folder: string;
    let report: HostReport;
    let exit: readonly unknown[];

    before(async () => {
      folder = mkdtempSync(join(tmpdir(), 'kimi-quota-user-'));
      const folders = {
        home: join(folder, 'Users', 'Jörg Ø 王'),
        roaming: join(folder, 'Moved', 'Roaming'),
        local: join(folder, 'Moved', 'Local'),
        temporary: join(folder, 'Temp'),
        workspace: join(folder, 'work', 'app'),
      };
      for (const path of Object.values(folders)) mkdirSync(path, { recursive: true });
      layOutHome(join(import.meta.dirname, '../fixtures/logs'), folders);
      const task: HostTask = {
        extension,
        storage: join(folders.roaming, 'Code/User/globalStorage/kimi-quota.kimi-quota'),
        workspace: folders.workspace,
        agents: AGENTS,
      };
      const host = fork(join(import.meta.dirname, 'extensionHost.ts'), [JSON.stringify(task)], {
        env: {
          ...process.env,
          ...{ HOME: folders.home, USERPROFILE: folders.home },
          ...{ APPDATA: folders.roaming, LOCALAPPDATA: folders.local },
          ...{ TEMP: folders.temporary, TMP: folders.temporary, TMPDIR: folders.temporary },
        },
      });
      const ended = once(host, 'exit');
      [report] = (await Promise.race([once(host, 'message'), ended])) as [HostReport];
      exit = await ended;
    });
    after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

    for (const agent of AGENTS)
      it(`reads the failures of ${agent} at its place on Windows`, () =>
        assert.ok((report.failures[agent] ?? 0) > 0, JSON.stringify(report)));

    it('logs no warning and no error', () => assert.deepEqual(report.problems, []));

    it('leaves nothing open that keeps the process alive', () => {
      assert.deepEqual(report.openHandles, []);
      assert.deepEqual(exit, [0, null]);
    });

    it('leaves no file open: all can be removed', () => {
      rmSync(folder, { recursive: true });
    });
  });
