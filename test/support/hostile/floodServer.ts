import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';

/**
 * A process of its own that answers with far too much, so that its memory is not taken for the
 * client's. Sends its origin to its parent, and ends when that goes.
 */
const CHUNK = Buffer.alloc(1024 * 1024, '0');
const CHUNKS_PER_GB = 1024;
const HEAD = '{"usage":{"limit":"100","used":"1"},"padding":"';

const tenMegabytes = `${HEAD}${'0'.repeat(10 * 1024 * 1024)}"}`;
/** Members of a gzip may follow each other: a gigabyte from one compressed megabyte. */
const gzipMember = gzipSync(CHUNK);
const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
const hundredMegabytes = Buffer.alloc(100 * 1024 * 1024, '0');
const brotliBomb = brotliCompressSync(hundredMegabytes, quality);
const deflateBomb = deflateSync(hundredMegabytes);

function send(response: ServerResponse, body: Iterable<string | Buffer>, encoding?: string): void {
  response.writeHead(200, {
    'content-type': 'application/json',
    ...(encoding ? { 'content-encoding': encoding } : {}),
  });
  // The client is meant to hang up.
  pipeline(Readable.from(body), response).catch(() => undefined);
}

function* repeat(chunk: Buffer): Generator<Buffer> {
  for (let count = 0; count < CHUNKS_PER_GB; count++) yield chunk;
}

const server = createServer((request, response) => {
  switch (request.url?.split('/')[1]) {
    case 'json':
      return send(response, [tenMegabytes]);
    case 'stream':
      return send(response, repeat(CHUNK));
    case 'gzip':
      return send(response, repeat(gzipMember), 'gzip');
    case 'brotli':
      return send(response, [brotliBomb], 'br');
    case 'deflate':
      return send(response, [deflateBomb], 'deflate');
    default:
      return send(response, [`${HEAD}"}`]);
  }
});
server.listen(0, '127.0.0.1', () => {
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.on('disconnect', () => process.exit());
