// Which source files run code between two moments, by V8's own coverage.
import inspector from 'node:inspector/promises';

/** Starts to count and returns how to end: the files of `src` in which a named function has run. */
export async function countFiles(): Promise<() => Promise<string[]>> {
  const session = new inspector.Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  return async () => {
    const { result } = await session.post('Profiler.takePreciseCoverage');
    session.disconnect();
    return result
      .filter(({ functions }) =>
        functions.some(({ functionName, ranges }) => functionName !== '' && ranges[0]!.count > 0),
      )
      .flatMap(({ url }) => /\/(src\/.+)$/.exec(url)?.[1] ?? [])
      .toSorted();
  };
}
