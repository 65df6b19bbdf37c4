import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

import type { Exchange, Reply } from './exchange.ts';
import { usagesBody, usagesSource } from './usagesBody.ts';

/** What a body of no end holds, decoded. Far beyond any sane cap, and made as it is read. */
const HUGE_BYTES = 256 * 1024 * 1024;
const CHUNK = Buffer.alloc(64 * 1024, '0');
const TRICKLE_EVERY_MS = 5_000;
const JSON_HEADERS = { 'content-type': 'application/json' };

const PORTAL = `<!doctype html><html><head><title>Sign in to the network</title></head>
<body><h1>Welcome</h1><p>Accept the terms of use to go online.</p></body></html>`;

/** Each leaves nothing to send, or the reply that is left to send. */
const FAULTS = {
  /** A captive portal: 200, but not from Kimi. */
  html: () => ({ status: 200, body: PORTAL, headers: { 'content-type': 'text/html' } }),
  empty: () => ({ status: 200, body: '' }),
  /** Whole as HTTP, cut off as JSON. */
  truncatedJson: exchange => ({ status: 200, body: liveText(exchange).slice(0, -40) }),
  /** Fewer bytes than announced, then the connection breaks. */
  cutOff: ({ response }, text) => {
    response.writeHead(200, { ...JSON_HEADERS, 'content-length': text.length + 100 });
    response.write(text, () => response.socket?.destroy());
  },
  reset: ({ response }) => void response.socket?.resetAndDestroy(),
  /** No headers, ever. */
  hang: () => undefined,
  /** Headers, and then silence. */
  silence: ({ response }) => {
    response.writeHead(200, JSON_HEADERS);
    response.flushHeaders();
  },
  /** One byte every five seconds of the service's clock, the first immediately. */
  trickle: (exchange, text) => {
    exchange.response.writeHead(200, JSON_HEADERS);
    trickle(exchange, text);
  },
  huge: ({ response }) => {
    response.writeHead(200, JSON_HEADERS);
    pour(pipeline(Readable.from(hugeJson()), response));
  },
  gzipBomb: ({ response }) => {
    response.writeHead(200, { ...JSON_HEADERS, 'content-encoding': 'gzip' });
    pour(pipeline(Readable.from(hugeJson()), createGzip(), response));
  },
} as const satisfies Record<string, (exchange: Exchange, text: string) => Reply | undefined | void>;

export type FaultName = keyof typeof FAULTS;

/** Breaks the answer in the named way. */
export function sendFault(exchange: Exchange, name: FaultName): Reply | undefined {
  const fault: (exchange: Exchange, text: string) => Reply | undefined | void = FAULTS[name];
  return fault(exchange, liveText(exchange)) ?? undefined;
}

/** A good answer, for the faults that spoil one. */
function liveText({ state }: Exchange): string {
  return JSON.stringify(usagesBody(usagesSource(state), { shape: 'A' }));
}

function trickle(exchange: Exchange, text: string): void {
  const { response, state } = exchange;
  if (response.destroyed) return;
  if (text === '') return void response.end();
  response.write(text[0]);
  state.clock.after(TRICKLE_EVERY_MS, () => trickle(exchange, text.slice(1)));
}

function* hugeJson(): Generator<string | Buffer> {
  yield '{"usage":{"limit":"100","used":"1"},"padding":"';
  for (let sent = 0; sent < HUGE_BYTES; sent += CHUNK.length) yield CHUNK;
  yield '"}';
}

/** The client is expected to close the connection. */
function pour(done: Promise<void>): void {
  done.catch(() => undefined);
}
