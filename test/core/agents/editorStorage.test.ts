import assert from 'node:assert/strict';
import type { Agent, Surroundings } from '../../../src/core/agents/agent.ts';
import { cline } from '../../../src/core/agents/cline/cline.ts';
import { editorStorages } from '../../../src/core/agents/editorStorage.ts';
import { kiloCode } from '../../../src/core/agents/kiloCode.ts';
import { openCode } from '../../../src/core/agents/openCode/openCode.ts';
import { rooCode } from '../../../src/core/agents/rooCode.ts';
import { failed, fixtureLines, readAs } from '../../support/agentLogs.ts';

const HOMES = { linux: '/h', darwin: '/Users/me', win32: 'C:\\Users\\me' } as const;
const here = (
  platform: Surroundings['platform'],
  env: Record<string, string> = {},
): Surroundings => ({ home: HOMES[platform], tmp: '/tmp', platform, env });

const CASES: [platform: Surroundings['platform'], env: Record<string, string>, folder: string][] = [
  ['linux', {}, '/h/.config/Code/User/globalStorage'],
  ['linux', {}, '/h/.config/Code - Insiders/User/globalStorage'],
  ['linux', {}, '/h/.config/Cursor/User/globalStorage'],
  ['linux', {}, '/h/.config/Trae CN/User/globalStorage'],
  ['linux', { XDG_CONFIG_HOME: '/x' }, '/x/VSCodium/User/globalStorage'],
  ['linux', {}, '/h/.vscode-server/data/User/globalStorage'],
  ['linux', {}, '/h/.cursor-server/data/User/globalStorage'],
  ['linux', {}, '/h/.vscode-remote/data/User/globalStorage'],
  ['linux', {}, '/h/.local/share/code-server/User/globalStorage'],
  ['linux', { XDG_DATA_HOME: '/d' }, '/d/code-server/User/globalStorage'],
  ['linux', {}, '/h/.var/app/com.vscodium.codium/config/VSCodium/User/globalStorage'],
  ['linux', { VSCODE_PORTABLE: '/p/data' }, '/p/data/user-data/User/globalStorage'],
  ['linux', { VSCODE_AGENT_FOLDER: '/srv/vs' }, '/srv/vs/data/User/globalStorage'],
  ['darwin', {}, '/Users/me/Library/Application Support/Code/User/globalStorage'],
  ['darwin', {}, '/Users/me/Library/Application Support/Windsurf/User/globalStorage'],
  ['win32', {}, 'C:\\Users\\me\\AppData\\Roaming\\Code\\User\\globalStorage'],
  ['win32', { APPDATA: 'D:\\r' }, 'D:\\r\\Antigravity\\User\\globalStorage'],
  ['win32', { VSCODE_PORTABLE: 'D:\\vs\\data' }, 'D:\\vs\\data\\user-data\\User\\globalStorage'],
];

describe('editorStorages', () => {
  for (const [platform, env, folder] of CASES)
    it(`${platform} ${JSON.stringify(env)}: ${folder}`, () =>
      assert.ok(editorStorages(here(platform, env)).includes(folder)));

  it('names each folder once, and ignores empty and relative variables', () => {
    const folders = editorStorages(
      here('linux', { VSCODE_PORTABLE: ' ', VSCODE_AGENT_FOLDER: 'x' }),
    );
    assert.deepEqual([...new Set(folders)], folders);
    assert.deepEqual(folders, editorStorages(here('linux')));
  });

  it('includes the folder of the current editor, wherever it is', () => {
    const editorStorage = '/portable/data/User/globalStorage';
    const folders = editorStorages({ ...here('linux'), editorStorage });
    assert.deepEqual(
      folders.toSorted(),
      [editorStorage, ...editorStorages(here('linux'))].toSorted(),
    );
    const [known] = folders;
    const again = editorStorages({ ...here('linux'), editorStorage: known! });
    assert.deepEqual([...new Set(again)], again);
  });

  it('has no Flatpak and no code-server on Windows', () =>
    assert.ok(
      editorStorages(here('win32')).every(folder => !/\\\.var|\\code-server/.test(folder)),
    ));
});

describe('the tasks of extensions', () => {
  const sourceOf = (agent: Agent) =>
    agent.sources(here('linux')).find(({ root }) => root === CASES[0]![2])!;
  const files: [agent: Agent, path: string, isLog: boolean][] = [
    [rooCode, 'rooveterinaryinc.roo-cline/tasks/t1/ui_messages.json', true],
    [rooCode, 'zoocodeorganization.zoo-code/tasks/t1/ui_messages.json', true],
    [rooCode, 'kilocode.kilo-code/tasks/t1/ui_messages.json', false],
    [rooCode, 'rooveterinaryinc.roo-cline/tasks/t1/.ui_messages.json.new_1_x.tmp', false],
    [rooCode, 'rooveterinaryinc.roo-cline/tasks/t1/api_conversation_history.json', false],
    [kiloCode, 'kilocode.kilo-code/tasks/t1/ui_messages.json', true],
    [cline, 'saoudrizwan.claude-dev/tasks/t1/ui_messages.json', true],
    [cline, 'saoudrizwan-claude-dev/tasks/t1/ui_messages.json', false],
  ];
  for (const [agent, path, isLog] of files)
    it(`${agent.name} ${isLog ? 'reads' : 'skips'} ${path}`, () =>
      assert.equal(sourceOf(agent).files.test(path), isLog));

  const folders: [path: string, isEntered: boolean][] = [
    ['rooveterinaryinc.roo-cline', true],
    ['rooveterinaryinc.roo-cline/tasks/t1', true],
    ['rooveterinaryinc.roo-cline/tasks/t1/checkpoints', false],
    ['rooveterinaryinc.roo-cline/settings', false],
    ['github.copilot-chat', false],
  ];
  for (const [path, isEntered] of folders)
    it(`${isEntered ? 'looks' : 'does not look'} into ${path}`, () =>
      assert.equal(sourceOf(rooCode).folders!.test(path), isEntered));
});

describe('tasks in a custom folder', () => {
  const customStorages = { 'roo-code': '/data/roo', 'kilo-code': 'D:\\kilo' };
  const cases: [agent: Agent, root: string][] = [
    [rooCode, '/data/roo'],
    [kiloCode, 'D:\\kilo'],
  ];
  for (const [agent, root] of cases)
    it(`${agent.name} has them in ${root}`, () => {
      const sources = agent.sources({ ...here('linux'), customStorages });
      const source = sources.find(it => it.root === root);
      assert.ok(source?.files.test('tasks/t1/ui_messages.json'));
      assert.equal(sources.length, agent.sources(here('linux')).length + 1);
    });
});

describe('kiloCode: places from version 5 on', () => {
  const roots = (platform: Surroundings['platform'], env: Record<string, string> = {}) =>
    kiloCode.sources(here(platform, env)).map(({ root }) => root);

  it('are those of OpenCode under another name', () => {
    assert.ok(roots('linux').includes('/h/.local/share/kilo/log'));
    assert.ok(roots('linux', { XDG_DATA_HOME: '/d' }).includes('/d/kilo'));
    assert.ok(roots('darwin').includes('/Users/me/.local/share/kilo/log'));
    assert.ok(roots('win32').includes('C:\\Users\\me\\AppData\\Roaming\\kilo\\log'));
    assert.ok(roots('win32').includes('C:\\Users\\me\\.local\\share\\kilo\\log'));
  });

  it('its log has OpenCode’s format, its failures are Kilo Code’s', () => {
    const lines = fixtureLines('opencode/failures.log');
    const failures = failed(readAs(kiloCode, '/h/.local/share/kilo/log/opencode.log', lines));
    const same = failed(readAs(openCode, '/h/.local/share/opencode/log/opencode.log', lines));
    assert.ok(failures.length > 0 && failures.length === same.length);
    assert.ok(failures.every(({ agent }) => agent === 'kilo-code'));
  });
});
