/** Every command of the manifest. `tidy.test.ts` compares the two. */
export const commandIds = {
  check: 'kimiQuota.check',
  openPanel: 'kimiQuota.openPanel',
  explainLastError: 'kimiQuota.explainLastError',
  explainSelection: 'kimiQuota.explainSelection',
  explainClipboard: 'kimiQuota.explainClipboard',
  explainText: 'kimiQuota.explainText',
  explainTerminalSelection: 'kimiQuota.explainTerminalSelection',
  copySupportTicket: 'kimiQuota.copySupportTicket',
  selfCheck: 'kimiQuota.selfCheck',
  refresh: 'kimiQuota.refresh',
  setApiKey: 'kimiQuota.setApiKey',
  importKey: 'kimiQuota.importKey',
  removeApiKey: 'kimiQuota.removeApiKey',
  openConsole: 'kimiQuota.openConsole',
  openSettings: 'kimiQuota.openSettings',
  showLog: 'kimiQuota.showLog',
  showWatchedLogs: 'kimiQuota.showWatchedLogs',
  pauseLogs: 'kimiQuota.pauseLogs',
  resumeLogs: 'kimiQuota.resumeLogs',
  trySampleData: 'kimiQuota.trySampleData',
  endSampleData: 'kimiQuota.endSampleData',
} as const;

/** The panel's type: the name by which the editor brings it back after a reload. */
export const PANEL_TYPE = 'kimiQuota.panel';
/** With sample data, which do not outlive the window, it has another: nobody brings it back. */
export const SAMPLE_PANEL_TYPE = 'kimiQuota.samplePanel';
