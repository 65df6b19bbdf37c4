/** All command names, in the order of the manifest. `scripts/commandTable.ts` has the rest of them. */
export const commandNames = [
  'check',
  'openPanel',
  'explainLastError',
  'selfCheck',
  'connect',
  'refresh',
  'setApiKey',
  'importKey',
  'removeApiKey',
  'setTeamToken',
  'openConsole',
  'openSettings',
  'showLog',
  'showWatchedLogs',
  'pauseLogs',
  'resumeLogs',
  'explainSelection',
  'explainClipboard',
  'explainText',
  'explainTerminalSelection',
  'copySupportTicket',
  'testAccount',
  'copyFix',
  'openFailureLog',
  'trySampleData',
  'endSampleData',
] as const;

/** The name of a command without its prefix. */
export type CommandName = (typeof commandNames)[number];

/** Command ids by name. */
export const commandIds = Object.fromEntries(
  commandNames.map(name => [name, `kimiQuota.${name}`]),
) as { readonly [Name in CommandName]: `kimiQuota.${Name}` };
