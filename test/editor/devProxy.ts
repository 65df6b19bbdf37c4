import http from 'node:http';
import net from 'node:net';

/** What the workbench loads in addition to what its server names. */
export interface Development {
  /** Folders of extensions to load from source. */
  readonly extensionPaths?: readonly string[];
  /** A module whose `run()` the extension host calls, as in `--extensionTestsPath`. */
  readonly testsPath?: string;
  /** The display language that extensions see, such as `zh-cn`; the workbench itself stays English. */
  readonly language?: string;
  /** What the bare address opens. */
  readonly landing?: { readonly folder: string; readonly file: string };
}

export interface DevProxy {
  /** `http://127.0.0.1:PORT` */
  readonly address: string;
  close(): Promise<void>;
}

const languagePath = '/kimi-quota-language.js';

/**
 * Puts a loopback proxy in front of a code-server that listens on a Unix socket, and adds
 * `developmentOptions` to the workbench's page on the way. So any browser, a person's own too, gets
 * extensions from source in development mode. (The documented `?payload=` is ignored by a built VS
 * Code unless its server runs with a switch that hides notifications and dialogs.)
 */
export async function startDevProxy(
  socketPath: string,
  development: Development,
): Promise<DevProxy> {
  const agent = new http.Agent({ keepAlive: true });
  const tunnels = new Set<net.Socket>();
  const server = http.createServer((request, response) => {
    if (!isOurHost(request, server)) {
      response.writeHead(403).end('This server answers only to its loopback address.');
      return;
    }
    if (answerItself(request, response, development)) return;
    const { url, method, headers } = request;
    const upstream = http.request({
      agent,
      socketPath,
      path: url,
      method,
      // Loopback needs no compression, and the page is to be read.
      headers: { ...headers, 'accept-encoding': 'identity' },
    });
    upstream.once('response', answer => void pass(request, answer, response, development));
    upstream.once('error', error => {
      if (!response.headersSent) response.writeHead(502);
      response.end(String(error));
    });
    response.once('close', () => upstream.destroy());
    request.pipe(upstream);
  });
  server.on('upgrade', (request, socket: net.Socket, head) => {
    if (!isOurHost(request, server)) return void socket.destroy();
    tunnel(request, socket, head, net.connect(socketPath));
    tunnels.add(socket);
    socket.once('close', () => tunnels.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  return {
    address: `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    close: async () => {
      const closed = new Promise(resolve => server.close(resolve));
      for (const socket of tunnels) socket.destroy();
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
}

/** What code-server knows nothing of: where a person lands, and the language of the page. */
function answerItself(
  { url, headers }: http.IncomingMessage,
  response: http.ServerResponse,
  { language, landing }: Development,
): boolean {
  if (url === '/' && landing) {
    const file = `vscode-remote://${headers.host}${landing.file}`;
    const payload = JSON.stringify([['openFile', file]]);
    const query = new URLSearchParams({ folder: landing.folder, payload });
    response.writeHead(302, { location: `/?${query}` }).end();
    return true;
  }
  if (url !== languagePath) return false;
  response.writeHead(200, { 'content-type': 'text/javascript' });
  response.end(`globalThis._VSCODE_NLS_LANGUAGE=${JSON.stringify(language)}`);
  return true;
}

/** The editor behind us asks for no password, so a page that rebinds its name to us is refused. */
function isOurHost(request: http.IncomingMessage, server: http.Server): boolean {
  const { port } = server.address() as net.AddressInfo;
  return [`127.0.0.1:${port}`, `localhost:${port}`].includes(request.headers.host ?? '');
}

/** The WebSocket goes through untouched, byte for byte, and the two ends die together. */
function tunnel(
  request: http.IncomingMessage,
  socket: net.Socket,
  head: Buffer,
  upstream: net.Socket,
): void {
  const lines = [`${request.method} ${request.url} HTTP/${request.httpVersion}`];
  for (let i = 0; i < request.rawHeaders.length; i += 2)
    lines.push(`${request.rawHeaders[i]}: ${request.rawHeaders[i + 1]}`);
  upstream.write(`${lines.join('\r\n')}\r\n\r\n`);
  upstream.write(head);
  socket.pipe(upstream).pipe(socket);
  socket.on('error', () => upstream.destroy()).on('close', () => upstream.destroy());
  upstream.on('error', () => socket.destroy()).on('close', () => socket.destroy());
}

async function pass(
  request: http.IncomingMessage,
  answer: http.IncomingMessage,
  response: http.ServerResponse,
  development: Development,
): Promise<void> {
  const status = answer.statusCode ?? 502;
  if (!answer.headers['content-type']?.startsWith('text/html')) {
    response.writeHead(status, answer.headers);
    answer.on('error', () => response.destroy()).pipe(response);
    return;
  }
  try {
    const page = Buffer.concat(await answer.toArray()).toString('utf8');
    const html = withDevelopment(page, request.headers.host ?? '', development);
    // The page differs from the one its validator names, and between our runs.
    const { etag: _, 'transfer-encoding': __, ...headers } = answer.headers;
    headers['content-length'] = String(Buffer.byteLength(html));
    headers['cache-control'] = 'no-store';
    response.writeHead(status, headers).end(html);
  } catch {
    response.destroy();
  }
}

/** The workbench's page with its configuration extended; any other page as it is. */
export function withDevelopment(html: string, host: string, development: Development): string {
  const uri = (path: string) => ({ $mid: 1, scheme: 'vscode-remote', authority: host, path });
  const { extensionPaths, testsPath, language } = development;
  const developmentOptions = {
    ...(extensionPaths?.length && { extensions: extensionPaths.map(uri) }),
    ...(testsPath && { extensionTestsPath: uri(testsPath) }),
  };
  const configured = html.replace(
    /(id="vscode-workbench-web-configuration" data-settings=")([^"]*)"/,
    (_, start: string, settings: string) => {
      const configuration = JSON.parse(decodeAttribute(settings)) as object;
      return `${start}${encodeAttribute(JSON.stringify({ ...configuration, developmentOptions }))}"`;
    },
  );
  if (configured === html || !language) return configured;
  // Modules run in order, so this one is just ahead of the workbench.
  const script = `<script type="module" src="${languagePath}"></script>`;
  return configured.replace(/<script type="module" src="[^"]*\/workbench\.js"/, `${script}$&`);
}

const entities: Record<string, string> = { quot: '"', amp: '&', lt: '<', gt: '>', '#39': "'" };

function decodeAttribute(text: string): string {
  return text.replace(/&(quot|amp|lt|gt|#39);/g, (_, name: string) => entities[name] ?? '');
}

function encodeAttribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
}
