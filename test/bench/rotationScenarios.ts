import {
  appendFileSync,
  copyFileSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { failure } from '../support/tailFixture.ts';

/** What a scenario may do with its log. */
export interface Scene {
  readonly path: string;
  /** As many new lines, none of which was written before. */
  lines(count: number): string;
  /** So long that who looks every second has looked. */
  pause(): Promise<void>;
}

/** One way in which logs change (docs/faults.md, section 5). */
export interface Scenario {
  readonly title: string;
  /** Default: the log is there before, with two lines. */
  readonly isMissing?: boolean;
  run(scene: Scene): Promise<void> | void;
}

/** S1 to S12. */
export const SCENARIOS: readonly Scenario[] = [
  {
    title: 'S1 append',
    run: async ({ path, lines, pause }) => {
      for (let i = 0; i < 3; i++) {
        appendFileSync(path, lines(2));
        await pause();
      }
    },
  },
  {
    title: 'S2 rename and create',
    run: async ({ path, lines, pause }) => {
      for (let i = 0; i < 2; i++) {
        appendFileSync(path, lines(1));
        renameSync(path, `${path}.${i}`);
        writeFileSync(path, lines(2));
        appendFileSync(`${path}.${i}`, lines(1));
        await pause();
      }
    },
  },
  {
    title: 'S3 copied and truncated, small',
    run: ({ path, lines }) => {
      copyFileSync(path, `${path}.1`);
      truncateSync(path, 0);
      appendFileSync(path, lines(1));
    },
  },
  {
    title: 'S4 copied, truncated, regrown past the old end',
    run: async ({ path, lines, pause }) => {
      for (let i = 2; i < 5; i++) {
        copyFileSync(path, `${path}.${i}`);
        truncateSync(path, 0);
        appendFileSync(path, lines(2 * i));
        await pause();
      }
    },
  },
  {
    title: 'S5 replaced by a longer copy',
    run: async ({ path, lines, pause }) => {
      for (let i = 0; i < 3; i++) {
        writeFileSync(`${path}~`, readFileSync(path, 'utf8') + lines(1));
        renameSync(`${path}~`, path);
        await pause();
      }
    },
  },
  {
    title: 'S6 deleted and created again',
    run: async ({ path, lines, pause }) => {
      for (let i = 0; i < 3; i++) {
        rmSync(path);
        writeFileSync(path, lines(3));
        await pause();
      }
    },
  },
  {
    title: 'S7 a line in parts',
    run: async ({ path, lines, pause }) => {
      const line = lines(1);
      appendFileSync(path, line.slice(0, 9));
      await pause();
      appendFileSync(path, line.slice(9));
    },
  },
  {
    title: 'S8 appears later',
    isMissing: true,
    run: async ({ path, lines, pause }) => {
      await pause();
      writeFileSync(path, lines(3));
    },
  },
  {
    title: 'S9 a character in parts',
    run: async ({ path, lines, pause }) => {
      const bytes = Buffer.from(lines(1));
      const middle = bytes.indexOf('限') + 1;
      appendFileSync(path, bytes.subarray(0, middle));
      await pause();
      appendFileSync(path, bytes.subarray(middle));
    },
  },
  {
    title: 'S10 rewritten in place, same size',
    run: async ({ path, lines, pause }) => {
      for (let i = 0; i < 2; i++) {
        writeFileSync(path, lines(2), { flag: 'r+' });
        await pause();
      }
    },
  },
  {
    title: 'S11 shrunk, regrown to the old size',
    run: ({ path, lines }) => {
      truncateSync(path, 0);
      appendFileSync(path, lines(1));
      appendFileSync(path, lines(1));
    },
  },
  {
    title: 'S12 saved by an editor',
    run: async ({ path, lines, pause }) => {
      for (let i = 0; i < 2; i++) {
        const text = readFileSync(path, 'utf8');
        renameSync(path, `${path}~`);
        writeFileSync(path, text + lines(1));
        rmSync(`${path}~`);
        await pause();
      }
    },
  },
];

/** The scene of one log, and the keys of the lines that were asked for. */
export function createScene(path: string, pauseMs: number): Scene & { readonly keys: string[] } {
  const keys: string[] = [];
  return {
    path,
    keys,
    lines: count => {
      const added = Array.from({ length: count }, (_, i) => `限 ${100 + keys.length + i}`);
      keys.push(...added);
      return added.map(key => failure(key)).join('');
    },
    pause: () => new Promise(resolve => setTimeout(resolve, pauseMs)),
  };
}
