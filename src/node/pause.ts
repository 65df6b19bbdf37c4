/** Lets the event loop go round: others have the database, and this window's other work its turn. */
export function pause(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}
