/** A command as the manifest has it. Its title is `command.NAME` in `package.nls*.json`. */
export interface Command {
  /** A codicon. */
  readonly icon?: string;
  /** When it can be run; else it is grey, and not in the palette. */
  readonly enablement?: string;
  /** When the palette offers it. Default: always. */
  readonly palette?: string;
  /** The context menu that it is in, and when. */
  readonly menu?: readonly [id: 'editor/context' | 'terminal/context', when: string];
  /** Its title is said without "Kimi Quota:" before it. */
  readonly hasWholeTitle?: true;
}

/**
 * Every command, in the order of the manifest, which is generated from this table
 * (`npm run generate`). What each does is in `vscode/commands.ts`.
 */
export const COMMANDS = {
  check: { icon: 'dashboard', hasWholeTitle: true },
  openPanel: { icon: 'graph-line' },
  explainLastError: { icon: 'info' },
  selfCheck: {},
  refresh: {},
  setApiKey: {},
  importKey: {},
  removeApiKey: {},
  openConsole: {},
  openSettings: {},
  showLog: {},
  showWatchedLogs: {},
  pauseLogs: { enablement: '!kimiQuota.logsArePaused' },
  resumeLogs: { enablement: 'kimiQuota.logsArePaused' },
  explainSelection: { palette: 'editorIsOpen', menu: ['editor/context', 'editorHasSelection'] },
  explainClipboard: {},
  explainText: {},
  explainTerminalSelection: {
    palette: 'terminalIsOpen && terminalTextSelected',
    menu: ['terminal/context', 'terminalTextSelected'],
  },
  copySupportTicket: {},
  trySampleData: { icon: 'beaker', enablement: '!kimiQuota.sampleIsOn' },
  endSampleData: { enablement: 'kimiQuota.sampleIsOn' },
} as const satisfies Record<string, Command>;

/** A command without its prefix. */
export type CommandName = keyof typeof COMMANDS;

/** The names, in the order of the table. */
export const commandNames = Object.keys(COMMANDS) as CommandName[];

/** The id of each command by its name. */
export const commandIds = Object.fromEntries(
  commandNames.map(name => [name, `kimiQuota.${name}`]),
) as { readonly [Name in CommandName]: `kimiQuota.${Name}` };
