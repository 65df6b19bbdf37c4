import type { DocumentSelector } from 'vscode';

/** Log documents, which have explanations at the end of lines. */
export const logDocuments: DocumentSelector = [
  { language: 'log' },
  { language: 'Log' },
  { scheme: 'output' },
  { pattern: '**/*.{log,jsonl,ndjson}' },
];

/** Documents with hovers. */
export const explainedDocuments: DocumentSelector = [
  ...logDocuments,
  { language: 'json' },
  { language: 'jsonl' },
  { scheme: 'untitled' },
  { pattern: '**/*.{txt,out,err}' },
];
