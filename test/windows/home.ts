// A recorded home of every agent, laid out as on Windows (docs/windows.md 1), with the folders for
// settings moved to another drive, as companies do.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, win32 } from 'node:path';

/** The folders of a user, as paths of the system that runs the tests. */
export interface WindowsFolders {
  readonly home: string;
  readonly roaming: string;
  readonly local: string;
  readonly temporary: string;
  readonly workspace: string;
}

const CHATS = '7b1d2c3e-0000-4000-8000-000000000001';
const STORAGE = '%APPDATA%\\Code\\User\\globalStorage';

/** Where each agent writes which of the recordings in `test/fixtures/logs`. */
export const WINDOWS_LOGS: readonly (readonly [agent: string, fixture: string, to: string])[] = [
  [
    'kimi-code',
    'kimi-code/failures.log',
    '%USERPROFILE%\\.kimi-code\\sessions\\wd_app_0a1b\\session_1\\logs\\kimi-code.log',
  ],
  ['kimi-cli', 'kimi-cli/1.49.log', '%USERPROFILE%\\.kimi\\logs\\kimi.log'],
  [
    'claude-code',
    'claude-code/print.jsonl',
    `%USERPROFILE%\\.claude\\projects\\C--Users-me-app\\${CHATS}.jsonl`,
  ],
  [
    'codex',
    'codex/failures.jsonl',
    `%USERPROFILE%\\.codex\\sessions\\2026\\11\\21\\rollout-${CHATS}.jsonl`,
  ],
  [
    'opencode',
    'opencode/failures.log',
    '%USERPROFILE%\\.local\\share\\opencode\\log\\2026-11-21T100000.log',
  ],
  ['openclaw', 'openclaw/failures.log', '%TEMP%\\openclaw\\openclaw-2026-11-21.log'],
  [
    'pi',
    'pi/session.jsonl',
    '%USERPROFILE%\\.pi\\agent\\sessions\\--C--Users-me-app--\\2026-11-21T10-00-00_1.jsonl',
  ],
  ['droid', 'droid/log.log', '%USERPROFILE%\\.factory\\logs\\droid-log-single.log'],
  ['copilot', 'copilot/process.log', '%USERPROFILE%\\.copilot\\logs\\process-1-1.log'],
  [
    'copilot-chat',
    'copilot-chat/chat.log',
    '%APPDATA%\\Code\\logs\\20261130T193000\\window1\\exthost\\GitHub.copilot-chat\\GitHub Copilot Chat.log',
  ],
  ['copilot', 'copilot/events.jsonl', '%USERPROFILE%\\.copilot\\session-state\\1\\events.jsonl'],
  [
    'qwen-code',
    'qwen-code/errors.jsonl',
    `%USERPROFILE%\\.qwen\\projects\\c--users-me-app\\chats\\${CHATS}.jsonl`,
  ],
  ['continue', 'continue/verbose.log', '%USERPROFILE%\\.continue\\logs\\cn.log'],
  ['crush', 'crush/crush.log', '%WORKSPACE%\\.crush\\logs\\crush.log'],
  ['goose', 'goose/cli.log', '%APPDATA%\\Block\\goose\\data\\logs\\cli\\2026-11-21\\1.log'],
  ['aider', 'aider/history.md', '%WORKSPACE%\\.aider.chat.history.md'],
  ['cline', 'cline/failures.log', '%USERPROFILE%\\.cline\\data\\logs\\cline.log'],
  [
    'cline',
    'cline/task.ui_messages.json',
    `${STORAGE}\\saoudrizwan.claude-dev\\tasks\\1\\ui_messages.json`,
  ],
  [
    'roo-code',
    'roo-code/task.ui_messages.json',
    `${STORAGE}\\rooveterinaryinc.roo-cline\\tasks\\1\\ui_messages.json`,
  ],
  [
    'kilo-code',
    'kilo-code/task.ui_messages.json',
    `${STORAGE}\\kilocode.kilo-code\\tasks\\1\\ui_messages.json`,
  ],
  ['kilo-code', 'kilo-code/gave-up.log', '%APPDATA%\\kilo\\log\\2026-11-21T100000.log'],
];

/** Copies all recordings of `fixtures` to their places. */
export function layOutHome(fixtures: string, folders: WindowsFolders): void {
  for (const [, fixture, to] of WINDOWS_LOGS) {
    const path = expand(to, folders);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, ofYesterday(readFileSync(join(fixtures, fixture), 'utf8')));
  }
  const projects = join(folders.local, 'crush/projects.json');
  mkdirSync(dirname(projects), { recursive: true });
  const [data_dir, path] = [join(folders.workspace, '.crush'), folders.workspace];
  writeFileSync(projects, JSON.stringify({ projects: [{ path, data_dir }] }));
}

/** Moves the times of a recording: old failures are not stored. */
function ofYesterday(text: string): string {
  const dayMs = 86_400_000;
  const startMs = Math.floor(Date.now() / dayMs - 1) * dayMs;
  return text
    .replaceAll(/\b20\d\d-\d\d-\d\d(?=[T ]\d)/g, new Date(startMs).toISOString().slice(0, 10))
    .replaceAll(/\b1[78]\d{11}\b/g, time => String(startMs + (Number(time) % dayMs)));
}

function expand(to: string, folders: WindowsFolders): string {
  const { home, roaming, local, temporary, workspace } = folders;
  const values: Record<string, string> = {
    ...{ USERPROFILE: home, APPDATA: roaming, LOCALAPPDATA: local, TEMP: temporary },
    WORKSPACE: workspace,
  };
  const [first = '', ...rest] = to.split(win32.sep);
  return join(values[first.replaceAll('%', '')] ?? first, ...rest);
}
