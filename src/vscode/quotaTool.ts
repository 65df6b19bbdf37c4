import { LanguageModelTextPart, LanguageModelToolResult } from 'vscode';
import { createQuotaApi, type QuotaApiOptions } from './quotaApi.ts';

/** What of the API are moments: a model reads them better as ISO 8601 than as milliseconds. */
const MOMENTS: ReadonlySet<string> = new Set(['at', 'resetsAt', 'until', 'from', 'to', 'retryAt']);

/** The tool's answer: codes, numbers and times as JSON, and no text that came from outside. */
export async function quotaToolResult(options: QuotaApiOptions): Promise<LanguageModelToolResult> {
  const api = createQuotaApi(options);
  const answer = { ...(await api.snapshot()), incidents: await api.incidents() };
  const json = JSON.stringify(answer, (name, value: unknown) =>
    MOMENTS.has(name) ? new Date(Number(value)).toISOString() : value,
  );
  return new LanguageModelToolResult([new LanguageModelTextPart(json)]);
}
