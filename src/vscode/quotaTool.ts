import { LanguageModelTextPart, LanguageModelToolResult } from 'vscode';
import { createQuotaApi, type QuotaApiOptions } from './quotaApi.ts';

/** Time fields of the API: for a model, ISO 8601 is clearer than milliseconds. */
const MOMENTS: ReadonlySet<string> = new Set(['at', 'resetsAt', 'until', 'from', 'to', 'retryAt']);

/** The tool's result: codes, numbers and times as JSON, and no text from outside. */
export async function quotaToolResult(options: QuotaApiOptions): Promise<LanguageModelToolResult> {
  const api = createQuotaApi(options);
  const answer = { ...(await api.snapshot()), incidents: await api.incidents() };
  const json = JSON.stringify(answer, (name, value: unknown) =>
    MOMENTS.has(name) ? new Date(Number(value)).toISOString() : value,
  );
  return new LanguageModelToolResult([new LanguageModelTextPart(json)]);
}
