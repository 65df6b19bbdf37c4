import { faultName, type Log } from './ports.ts';

/**
 * For work that nobody awaits. A failure is logged in one line with the kind of the fault: VS Code
 * attributes an unhandled rejection to the extension host, which all extensions share.
 */
export function inBackground(work: PromiseLike<unknown>, log: Pick<Log, 'error'>): void {
  work.then(undefined, (fault: unknown) =>
    log.error(`A task in the background failed: ${faultName(fault)}`),
  );
}
