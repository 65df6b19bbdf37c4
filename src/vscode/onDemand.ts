/**
 * What a person asks for, in one chunk: many small ones that share most of their parts would make
 * the package larger, and each of them is loaded at most once.
 */
export * from '../core/accounts/links.ts';
export * from '../core/publicFigures.ts';
export * from './checkQuota.ts';
export * from './copySupportTicket.ts';
export * from './explainCommands.ts';
export * from './explainCommands.ts';
export * from './inlineSurfaces.ts';
export * from './keyCommands.ts';
export * from './explainCommands.ts';
export * from './quotaPanel.ts';
export * from './quotaTool.ts';
export * from './sampleContext.ts';
export * from './selfCheck.ts';
export * from './showWatchedLogs.ts';
export * from './terminalReading.ts';
