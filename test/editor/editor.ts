import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type CodeServerOptions, startCodeServer } from './codeServer.ts';
import { type Development, type DevProxy, startDevProxy } from './devProxy.ts';

type Optional<T> = { readonly [K in keyof T]?: T[K] | undefined };

export interface EditorOptions extends Optional<Omit<CodeServerOptions, 'folder'>> {
  /** What to load from source, and how. */
  readonly development?: Development | undefined;
}

/** A VS Code (server build) that any browser on this machine can open. */
export interface Editor {
  readonly address: string;
  readonly userDataDir: string;
  /** A folder that vanishes when the editor stops. */
  readonly folder: string;
  /** The address that opens `workspace`, or an empty window. */
  urlFor(workspace: string | undefined): string;
  /** Resolves when the server has ended, by itself or because it was stopped. */
  readonly exited: Promise<void>;
  /** What the server has printed. */
  serverLog(): Promise<string>;
  stop(): Promise<void>;
}

/** Starts the editor behind the proxy that makes it load extensions from source. */
export async function startEditor(options: EditorOptions): Promise<Editor> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'kq-'));
  const userDataDir = options.userDataDir ?? path.join(folder, 'user-data');
  const removeFolder = () => rm(folder, { recursive: true, force: true, maxRetries: 5 });
  const server = await startCodeServer({
    ...options,
    version: options.version ?? 'newest',
    extensionsDir: options.extensionsDir ?? path.join(folder, 'extensions'),
    folder,
    userDataDir,
  }).catch(async (error: unknown) => {
    await removeFolder();
    throw error;
  });
  const stopServer = async () => {
    await server.stop();
    await removeFolder();
  };
  let proxy: DevProxy;
  try {
    proxy = await startDevProxy(server.socketPath, options.development ?? {});
  } catch (error) {
    await stopServer();
    throw error;
  }
  const { address } = proxy;
  return {
    address,
    userDataDir,
    exited: server.exited,
    serverLog: server.log,
    folder,
    urlFor: workspace =>
      `${address}/?${workspace ? `folder=${encodeURIComponent(workspace)}` : 'ew=true'}`,
    stop: async () => {
      await proxy.close();
      await stopServer();
    },
  };
}
