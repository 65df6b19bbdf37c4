/** Every command of the manifest. `tidy.test.ts` compares the two. */
export const commandIds = {
  check: 'kimiQuota.check',
  openPanel: 'kimiQuota.openPanel',
  explainLastError: 'kimiQuota.explainLastError',
  refresh: 'kimiQuota.refresh',
  setApiKey: 'kimiQuota.setApiKey',
  importKey: 'kimiQuota.importKey',
  removeApiKey: 'kimiQuota.removeApiKey',
  openConsole: 'kimiQuota.openConsole',
  showLog: 'kimiQuota.showLog',
  showWatchedLogs: 'kimiQuota.showWatchedLogs',
  pauseLogs: 'kimiQuota.pauseLogs',
  resumeLogs: 'kimiQuota.resumeLogs',
} as const;
