// Loaded by the extension host as `extensionTestsPath`, bundled to CommonJS by ./code.ts; runs the
// real one, KIMI_QUOTA_TESTS_PATH. It sends what the tests print, and above all their result, to
// ./code.ts over a socket: VS Code for the web reports exit code 0 when the extension host dies
// before the tests end, so 0 alone proves nothing.
import { once } from 'node:events';
import net from 'node:net';
import { format } from 'node:util';

/** A message from the tests in the extension host to the launcher. */
export interface TestReport {
  /** A line for the terminal. */
  readonly print?: string | undefined;
  /** Sent once, at the end. */
  readonly hasPassed?: boolean;
}

/** The entry that VS Code calls. */
export async function run(testsRoot: string): Promise<void> {
  const socket = net.connect(Number(process.env['KIMI_QUOTA_TESTS_PORT']), '127.0.0.1');
  await once(socket, 'connect');
  const report = (it: TestReport) => socket.write(`${JSON.stringify(it)}\n`);
  // The host's own are accessors with an empty setter, so a plain assignment does nothing.
  for (const method of ['debug', 'log', 'info', 'warn', 'error'])
    Object.defineProperty(console, method, {
      configurable: true,
      writable: true,
      value: (...values: unknown[]) => report({ print: format(...values) }),
    });
  try {
    const tests = require(process.env['KIMI_QUOTA_TESTS_PATH'] ?? '') as { run: typeof run };
    await tests.run(testsRoot);
    report({ hasPassed: true });
  } catch (error) {
    report({ hasPassed: false, print: error instanceof Error ? error.stack : String(error) });
    throw error;
  } finally {
    socket.end();
    await once(socket, 'close');
  }
}
