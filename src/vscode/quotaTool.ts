import { LanguageModelTextPart, LanguageModelToolResult } from 'vscode';
import { publicJson } from '../core/publicFigures.ts';
import { createQuotaApi, type QuotaApiOptions } from './quotaApi.ts';

/** The tool's result: codes, numbers and times as JSON, and no text from outside. */
export async function quotaToolResult(options: QuotaApiOptions): Promise<LanguageModelToolResult> {
  const api = createQuotaApi(options);
  const answer = { ...(await api.snapshot()), incidents: await api.incidents() };
  return new LanguageModelToolResult([new LanguageModelTextPart(publicJson(answer))]);
}
