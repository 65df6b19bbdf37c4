import { prometheusText, type Sample } from '../../core/team/metrics.ts';

/** How numbers leave this machine (docs/team.md 3). */
export const PUSH_PROTOCOLS = ['prometheus', 'pushgateway', 'remoteWrite', 'otlp'] as const;

/** One of `PUSH_PROTOCOLS`. */
export type PushProtocol = (typeof PUSH_PROTOCOLS)[number];

/** One request to an engine. */
export interface PushRequest {
  readonly url: string;
  readonly method: 'POST' | 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer>;
}

/** Options of `pushRequest`. */
export interface PushOptions {
  readonly protocol: PushProtocol;
  /** The engine's address; a path is kept, otherwise the protocol's usual path is used. */
  readonly url: string;
  readonly machine: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Builds the request for these numbers. `url` is a valid URL. */
export async function pushRequest(
  samples: readonly Sample[],
  options: PushOptions,
): Promise<PushRequest> {
  switch (options.protocol) {
    case 'prometheus':
      return textRequest(samples, addressOf(options.url, '/api/v1/import/prometheus'), 'POST');
    case 'pushgateway': {
      const path = `/metrics/job/kimi-quota/instance/${encodeURIComponent(options.machine)}`;
      return textRequest(samples, addressOf(options.url, path), 'PUT');
    }
    case 'remoteWrite':
      return remoteWrite(samples, options);
    case 'otlp':
      return otlp(samples, options);
  }
}

/** An address without a path gets the usual one. */
function addressOf(url: string, path: string): string {
  const address = new URL(url);
  if (/^\/*$/.test(address.pathname)) address.pathname = path;
  return address.href;
}

function textRequest(samples: readonly Sample[], url: string, method: 'POST' | 'PUT'): PushRequest {
  const headers = { 'content-type': 'text/plain; version=0.0.4' };
  return { url, method, headers, body: prometheusText(samples) };
}

/** Prometheus remote write 1.0: a WriteRequest in protobuf, compressed with Snappy. */
async function remoteWrite(samples: readonly Sample[], options: PushOptions): Promise<PushRequest> {
  const { compress } = await import('snappyjs');
  const series = samples.map(({ name, labels, value }) => {
    const all: [string, string][] = [['__name__', name], ...Object.entries(labels)];
    const sorted = all.filter(([, text]) => text !== '').sort(([a], [b]) => (a < b ? -1 : 1));
    const pairs = sorted.map(([label, text]) => field(1, [...text8(1, label), ...text8(2, text)]));
    return field(1, [
      ...pairs.flat(),
      ...field(2, [...double(1, value), ...int64(2, options.now)]),
    ]);
  });
  return {
    url: addressOf(options.url, '/api/v1/write'),
    method: 'POST',
    headers: {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'snappy',
      'x-prometheus-remote-write-version': '0.1.0',
    },
    body: Uint8Array.from(compress(Uint8Array.from(series.flat()))),
  };
}

/** A field of the protobuf wire format with a length: text, or a message. */
const field = (number: number, bytes: readonly number[]): number[] => [
  (number << 3) | 2,
  ...varint(BigInt(bytes.length)),
  ...bytes,
];

const text8 = (number: number, text: string): number[] =>
  field(number, [...new TextEncoder().encode(text)]);

function double(number: number, value: number): number[] {
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setFloat64(0, value, true);
  return [(number << 3) | 1, ...new Uint8Array(bytes.buffer)];
}

const int64 = (number: number, value: number): number[] => [
  number << 3,
  ...varint(BigInt(Math.round(value))),
];

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    if (rest < 128n) return [...bytes, Number(rest)];
    bytes.push(Number(rest & 127n) | 128);
  }
}

/** OTLP over HTTP as JSON, which every collector takes. */
async function otlp(samples: readonly Sample[], options: PushOptions): Promise<PushRequest> {
  const { otlpRequest } = await import('./otlpMetrics.ts');
  return {
    url: addressOf(options.url, '/v1/metrics'),
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(otlpRequest(samples, options)),
  };
}
