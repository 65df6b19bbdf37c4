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
 * All commands in the order of the manifest, which is generated from this table (`npm run
 * generate`). `vscode/commands.ts` implements them.
 */
export const COMMANDS = {
  check: { icon: 'dashboard', hasWholeTitle: true },
  openPanel: { icon: 'graph-line' },
  explainLastError: { icon: 'info' },
  selfCheck: {},
  connect: {},
  refresh: { icon: 'refresh', isInTitle: true },
  setApiKey: {},
  importKey: {},
  removeApiKey: {},
  setTeamToken: { palette: 'config.kimiQuota.team.pushUrl || config.kimiQuota.team.queryUrl' },
  openConsole: {},
  openSettings: { icon: 'gear', isInTitle: true },
  showLog: {},
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
  explainClipboard: {},
  explainText: {},
  explainTerminalSelection: {
    palette: 'terminalIsOpen && terminalTextSelected',
    menu: ['terminal/context', 'terminalTextSelected'],
  },
  copySupportTicket: {},
  testAccount: {},
  copyFix: { palette: 'false' },
  openFailureLog: { palette: 'false' },
  trySampleData: { icon: 'beaker', enablement: '!kimiQuota.sampleIsOn' },
  endSampleData: { enablement: 'kimiQuota.sampleIsOn' },
} as const satisfies Record<string, Command>;

/** The name of a command without its prefix. */
export type CommandName = keyof typeof COMMANDS;

/** All command names in the order of the table. */
export const commandNames = Object.keys(COMMANDS) as CommandName[];

/** Command ids by name. */
export const commandIds = Object.fromEntries(
  commandNames.map(name => [name, `kimiQuota.${name}`]),
) as { readonly [Name in CommandName]: `kimiQuota.${Name}` };
