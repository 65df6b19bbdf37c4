import type { Log } from '../../src/core/base/ports.ts';

/** Keeps what was logged, as `level: message`, so that a test can say that it was logged once. */
export class FakeLog implements Log {
  readonly lines: string[] = [];

  trace(message: string): void {
    this.lines.push(`trace: ${message}`);
  }

  debug(message: string): void {
    this.lines.push(`debug: ${message}`);
  }

  info(message: string): void {
    this.lines.push(`info: ${message}`);
  }

  warn(message: string): void {
    this.lines.push(`warn: ${message}`);
  }

  error(message: string): void {
    this.lines.push(`error: ${message}`);
  }
}
