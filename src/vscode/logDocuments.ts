import type { DocumentSelector } from 'vscode';

/** Logs: where text stands at the end of a line without being asked for. */
export const logDocuments: DocumentSelector = [
  { language: 'log' },
  { language: 'Log' },
  { scheme: 'output' },
  { pattern: '**/*.{log,jsonl,ndjson}' },
];

/** Where a hover explains a line. */
export const explainedDocuments: DocumentSelector = [
  ...logDocuments,
  { language: 'json' },
  { language: 'jsonl' },
  { scheme: 'untitled' },
  { pattern: '**/*.{txt,out,err}' },
];
