import type { IncomingMessage, ServerResponse } from 'node:http';

import type { ServiceState } from './serviceState.ts';

/** One request, its answer to be, and the service that both belong to. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly state: ServiceState;
}

/** A whole answer. A string body is sent as it is, all else as JSON. */
export interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers one request: with a reply to send, or with nothing once it has taken over the response. */
export type Handler = (exchange: Exchange) => Reply | undefined | Promise<Reply | undefined>;

/** Sends a whole answer. */
export function sendReply(response: ServerResponse, { status, body, headers }: Reply): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  response.end(text);
}
