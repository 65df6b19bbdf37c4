/**
 * Resolves when this program shall end: Ctrl+C, a polite signal, or the end of run.mjs, which may
 * be sudden. From the first call on, signals no longer end the process by themselves.
 */
export function stopRequest(): Promise<void> {
  return new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => resolve());
    process.once('disconnect', () => resolve());
  });
}
