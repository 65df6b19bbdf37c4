/** So many at a time: the system works on four, and the rest waits ready. */
const BATCH = 32;

/** Works on all items, some of them together. Rejects as soon as the work on one does. */
export async function inBatches<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  for (let i = 0; i < items.length; i += BATCH)
    await Promise.all(items.slice(i, i + BATCH).map(work));
}
