import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './editor/paths.ts';
import { readText } from './support/tidy/files.ts';

/** What the compiler says of a dashboard, by Grafana's own types. Empty: it is valid. */
function faultsOf(dashboard: string): string {
  // Inside the checkout, so that the compiler finds the packages.
  const folder = mkdtempSync(path.join(root, 'node_modules/.dashboard-'));
  try {
    const file = path.join(folder, 'dashboard.ts');
    const type = "import type { Dashboard } from '@grafana/schema';";
    writeFileSync(file, `${type}\nexport const dashboard: Dashboard = ${dashboard};\n`);
    const options = ['--ignoreConfig', '--noEmit', '--strict', '--skipLibCheck', '--types', ''];
    const modules = ['--module', 'nodenext', '--moduleResolution', 'nodenext'];
    const command = ['node_modules/@typescript/native/bin/tsc', ...options, ...modules, file];
    return spawnSync(process.execPath, command, { cwd: root, encoding: 'utf8' }).stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

describe("the team's dashboard for Grafana", () => {
  const dashboard = readText('docs/team/grafana.json');

  it("is valid by Grafana's schema", () => assert.equal(faultsOf(dashboard), ''));

  it('would be refused with a field that Grafana does not know', () =>
    assert.match(faultsOf(dashboard.replaceAll('"gridPos"', '"gridPlace"')), /'"gridPlace"'/));

  it('asks for documented metrics only', () => {
    const documented = new Set(readText('docs/team.md').match(/kimi_quota_\w+/g));
    const asked = dashboard.match(/kimi_quota_\w+/g) ?? [];
    assert.ok(asked.length > 5);
    assert.deepEqual(
      asked.filter(name => !documented.has(name)),
      [],
    );
  });
});
