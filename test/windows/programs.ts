import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { bundledOnce } from '../support/builtProgram.ts';
import { buildCli, buildStayingCli, buildStoredMcp } from '../support/cliProcess.ts';

const BUNDLED = ['archiveWorker.ts', 'hostile/floodServer.ts', 'hostile/floodClient.ts'];

/** Makes every program that tests start, for a system without esbuild. */
export async function buildPrograms(folder: string): Promise<void> {
  const support = path.join(import.meta.dirname, '../support');
  const programs = [
    buildCli(),
    buildStayingCli(),
    buildStoredMcp(),
    ...BUNDLED.map(file => bundledOnce(path.join(support, file))),
  ];
  for (const program of await Promise.all(programs))
    await copyFile(program, path.join(folder, path.basename(program)));
}
