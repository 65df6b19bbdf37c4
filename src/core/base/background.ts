import { faultName, type Log } from './ports.ts';

/**
 * For work that nobody waits for. When it fails, one line of the log names the kind of the fault:
 * an unhandled rejection would be charged to the extension host, which all extensions share.
 */
export function inBackground(work: PromiseLike<unknown>, log: Pick<Log, 'error'>): void {
  work.then(undefined, (fault: unknown) =>
    log.error(`A task in the background failed: ${faultName(fault)}`),
  );
}
