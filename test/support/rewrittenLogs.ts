import { openReader } from '../../src/core/agents/readerDoor.ts';
import type { Agent, LogFile } from '../../src/core/agents/agent.ts';
import type { Signal } from '../../src/core/agents/signal.ts';
import { AnchorSearch } from '../../src/node/anchorSearch.ts';
import { scanObjects } from '../../src/node/objectScanner.ts';
import { endlessSlice, sourceOf } from './scanFixture.ts';

/** A file that is rewritten, and the memory of its reader from one version to the next. */
export class RewrittenLog {
  readonly #agent: Agent;
  readonly #file: LogFile;
  #memory: string | undefined;

  constructor(agent: Agent, file: LogFile) {
    this.#agent = agent;
    this.#file = file;
  }

  /** Reads the file's next state, as the tailer does: found by anchors, from its first byte. */
  async read(text: string): Promise<Signal[]> {
    const bytes = Buffer.from(text);
    const reader = openReader(this.#agent, this.#file, this.#memory);
    const signals: Signal[] = [];
    await scanObjects({
      source: sourceOf(bytes, Infinity),
      from: 0,
      to: bytes.length,
      anchors: new AnchorSearch(this.#agent.failureAnchors, 'utf8'),
      onRecord: record => {
        signals.push(...reader.read(record));
        return true;
      },
      slice: endlessSlice,
    });
    this.#memory = reader.saveMemory();
    return signals;
  }
}
