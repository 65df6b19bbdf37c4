/** What people call the ways to another machine that VS Code has. */
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

/** The machine that agents run on, where it is not the one with the screen: `build-box (SSH)`. */
export function machineName(hostName: string, remoteName: string): string {
  // A server of VS Code in a browser is known by its address alone.
  const way = WAYS.get(remoteName) ?? (/[.:]/.test(remoteName) ? undefined : remoteName);
  return way === undefined ? hostName : `${hostName} (${way})`;
}
