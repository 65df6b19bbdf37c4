import {
  type DirectAnswer,
  directRequest,
  readDirectAnswer,
} from '../core/diagnosis/directRequest.ts';
import { askOnce, readBody } from './askOnce.ts';
import type { QuotaEndpointOptions } from './quotaEndpoint.ts';

/** A model may think before the first of its 5 tokens. */
const TIMEOUT_MS = 30_000;

/**
 * Sends one minimal request to a model with the user's key, straight to the account's host: once,
 * without a retry. Call only after the user agreed. Never rejects.
 */
export function sendDirectRequest(
  options: QuotaEndpointOptions,
  key: string,
  model?: string,
): Promise<DirectAnswer> {
  const { endpoint, now } = options;
  const { url, headers, body } = directRequest(endpoint, model);
  return askOnce(
    { url, key, body, headers },
    { ...options, headersTimeoutMs: TIMEOUT_MS, totalTimeoutMs: TIMEOUT_MS },
    async response =>
      readDirectAnswer({
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: (await readBody(response)) ?? '',
        origin: endpoint.origin,
        now: now(),
      }),
  );
}
