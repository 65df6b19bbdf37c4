import type { CommandName } from '../src/core/commands.ts';

/** A command of the manifest. Its title is `command.NAME` in `package.nls*.json`. */
export interface Command {
  /** A codicon. */
  readonly icon?: string;
  /** Enablement; otherwise it is disabled and not in the command palette. */
  readonly enablement?: string;
  /** When the command palette shows it. Default: always. */
  readonly palette?: string;
  /** The context menu that contains it, and its condition. */
  readonly menu?: readonly [id: 'editor/context' | 'terminal/context', when: string];
  /** A button in the title of the dashboard and of the view. */
  readonly isInTitle?: true;
  /** The title has no "Kimi Quota:" category. */
  readonly hasWholeTitle?: true;
}

/**
 * How the manifest has each command (`npm run generate`). Not part of the extension, which needs only
 * the names; `src/vscode/commands.ts` implements them.
 */
export const COMMANDS: Readonly<Record<CommandName, Command>> = {
  check: { icon: 'dashboard' },
  openPanel: { icon: 'graph-line' },
  explainLastError: { icon: 'info' },
  selfCheck: {},
  connect: {},
  refresh: { icon: 'refresh', isInTitle: true, palette: 'kimiQuota.hasKey' },
  setApiKey: { palette: '!kimiQuota.hasKey' },
  importKey: { palette: '!kimiQuota.hasKey' },
  removeApiKey: { palette: 'kimiQuota.hasKey' },
  setTeamToken: { palette: 'config.kimiQuota.team.pushUrl || config.kimiQuota.team.queryUrl' },
  openConsole: { palette: 'false' },
  openSettings: { icon: 'gear', isInTitle: true, palette: 'false' },
  showLog: { palette: 'false' },
  showWatchedLogs: {},
  pauseLogs: { enablement: '!kimiQuota.logsArePaused' },
  resumeLogs: { enablement: 'kimiQuota.logsArePaused' },
  explainSelection: {
    hasWholeTitle: true,
    palette: 'editorHasSelection',
    menu: [
      'editor/context',
      'editorHasSelection && (editorLangId == log || resourceScheme == output)',
    ],
  },
  explainClipboard: { palette: 'false' },
  explainText: {},
  explainTerminalSelection: {
    palette: 'terminalIsOpen && terminalTextSelected',
    menu: ['terminal/context', 'terminalTextSelected'],
  },
  copySupportTicket: {},
  testAccount: { palette: 'false' },
  copyFix: { palette: 'false' },
  openFailureLog: { palette: 'false' },
  trySampleData: { icon: 'beaker', enablement: '!kimiQuota.sampleIsOn' },
  endSampleData: { enablement: 'kimiQuota.sampleIsOn' },
};
