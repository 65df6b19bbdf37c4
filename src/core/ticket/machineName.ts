/** Names of VS Code's remote connections. */
const WAYS: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    'ssh-remote': 'SSH',
    wsl: 'WSL',
    'dev-container': 'Dev Container',
    'attached-container': 'Container',
    codespaces: 'Codespaces',
    tunnel: 'Tunnel',
  }),
);

/** The machine that agents run on, if it is remote: `build-box (SSH)`. */
export function machineName(hostName: string, remoteName: string): string {
  // VS Code Server in a browser is known only by its address.
  const way = WAYS.get(remoteName) ?? (/[.:]/.test(remoteName) ? undefined : remoteName);
  return way === undefined ? hostName : `${hostName} (${way})`;
}
