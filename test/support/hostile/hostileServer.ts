import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** What a server does with a request. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** What a proxy does with CONNECT. */
export type Tunnel = (request: IncomingMessage, client: Duplex) => void;

/** A server on the loopback interface that behaves as badly as its handler. */
export interface HostileServer {
  /** Scheme, host and port. */
  readonly origin: string;
  readonly port: number;
  /** Every request that arrived. */
  readonly requests: readonly IncomingMessage[];
  /** How many connections were ever made. */
  readonly connectionCount: number;
  handler: Handler;
  /** What it does as a proxy with CONNECT. Default: it hangs up. */
  tunnel: Tunnel;
  /** Resolves when no connection is open any more. */
  allClosed(): Promise<void>;
  close(): Promise<void>;
}

/** Starts one: over TLS if `tls` is given. */
export async function startHostileServer(
  handler: Handler,
  tls?: ServerOptions,
): Promise<HostileServer> {
  const server = tls ? createSecureServer(tls) : createServer();
  const sockets = new Set<Socket>();
  const requests: IncomingMessage[] = [];
  let connectionCount = 0;
  server.on('connection', (socket: Socket) => {
    connectionCount++;
    sockets.add(socket);
    // A client that hangs up is what many tests are about.
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket) && server.emit('socketClosed'));
  });
  server.on('request', (request, response) => {
    requests.push(request);
    hostile.handler(request, response);
  });
  server.on('connect', (request: IncomingMessage, client: Duplex) => {
    requests.push(request);
    hostile.tunnel(request, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const hostile: HostileServer = {
    origin: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    requests,
    handler,
    tunnel: (_, client) => void client.end(),
    get connectionCount() {
      return connectionCount;
    },
    allClosed: async () => {
      while (sockets.size > 0) await once(server, 'socketClosed');
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise(resolve => server.close(() => resolve()));
    },
  };
  return hostile;
}

/** Answers every request with this. */
export function reply(
  body: string | Buffer,
  headers: Record<string, string> = {},
  status = 200,
): Handler {
  return (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(body);
  };
}

/** Writes these bytes as they are and hangs up. */
export function replyRaw(bytes: string): Handler {
  return (_, { socket }) => void socket?.end(bytes);
}

/** A proxy that answers CONNECT with a refusal. */
export function refuseTunnel(status: string): Tunnel {
  return (_, client) =>
    void client.end(`HTTP/1.1 ${status}\r\nproxy-authenticate: Basic\r\ncontent-length: 0\r\n\r\n`);
}

/** A proxy that connects every client to the same port of this machine, whatever it asked for. */
export function tunnelTo(port: number): Tunnel {
  return (_, client) => {
    const upstream = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      client.pipe(upstream).pipe(client);
    });
    upstream.on('error', () => client.destroy());
    client.on('error', () => upstream.destroy());
    client.on('close', () => upstream.destroy());
  };
}
