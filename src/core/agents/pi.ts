import * as z from 'zod/mini';
import { lenient, omitUndefined } from '../base/fields.ts';
import {
  type Agent,
  agentFolder,
  type LogFile,
  type LogSource,
  pathBelow,
  type RecordReader,
  type Surroundings,
} from './agent.ts';
import { idOfFile, Name, parseRecord, projectOf, Words } from './recordFields.ts';
import type { Signal } from './signal.ts';
import { TranscriptEntry, transcriptEnd, transcriptFailure } from './transcriptEntry.ts';

/** pi's default; its setting `retry.maxRetries` may allow more (docs/agents.md 7.16). */
const MOST_RETRIES = 3;
/** It does not retry these, unless their text says so: then a `context_edit` follows. */
const NOT_RETRIED: readonly (number | undefined)[] = [400, 401, 402, 404, 413, 422];

const EDIT = '{"type":"context_edit"';
/** A failure is retried: it is left out of what the model sees. */
const Edit = z.object({ type: z.literal('context_edit'), id: Name, parentId: Name });

/** The first record of a session. */
const HEAD = '{"type":"session"';
const Head = z.object({ cwd: Words });

const Memory = z.object({
  /** The last failure, or the last edit after one. */
  last: Name,
  /** Retries since the last prompt or response, as of then. */
  retries: lenient(z.number()),
  /** More than the default: which attempt is the last one is not known. */
  isLimitUnknown: lenient(z.boolean()),
  project: Name,
});
type Memory = z.infer<typeof Memory>;

class PiReader implements RecordReader {
  readonly #session: string;
  #memory: Memory;

  constructor(file: LogFile, saved = '') {
    // `<time>_<session>.jsonl`; the first record names the session too.
    this.#session = idOfFile(file).replace(/^.*_/, '');
    this.#memory = parseRecord(saved, Memory) ?? {};
  }

  read({ text }: { readonly text: string }): Signal[] {
    const head = text.startsWith(HEAD) ? parseRecord(text, Head) : undefined;
    if (head) this.#memory = { ...this.#memory, project: projectOf(head.cwd) };
    const edit = text.startsWith(EDIT) ? parseRecord(text, Edit) : undefined;
    if (edit) this.#retry(edit);
    const entry = text.includes('"assistant"') ? parseRecord(text, TranscriptEntry) : undefined;
    return entry ? this.#signalsOf(entry) : [];
  }

  saveMemory(): string {
    return JSON.stringify(this.#memory);
  }

  #retry({ id, parentId }: z.infer<typeof Edit>): void {
    const { last, retries = 0, isLimitUnknown } = this.#memory;
    const known = parentId !== undefined && parentId === last ? retries : 0;
    this.#memory = {
      ...this.#memory,
      last: id,
      retries: known + 1,
      isLimitUnknown: isLimitUnknown === true || known >= MOST_RETRIES,
    };
  }

  /** A fork of a session repeats its entries in a file of its own: they have an id and a time. */
  #signalsOf({ id, parentId, timestamp: at, message }: TranscriptEntry): Signal[] {
    const { provider, model, stopReason } = message;
    const entry = `${id ?? ''} ${at}`;
    const fields = {
      agent: 'pi' as const,
      session: this.#session,
      evidence: omitUndefined({ providerId: provider }),
      request: entry,
      ...omitUndefined({ model, project: this.#memory.project }),
    };
    const began = Math.min(message.timestamp ?? at, at);
    const contentKey = `pi started ${entry}`;
    const start: Signal = { kind: 'requestStarted', ...fields, at: began, contentKey };
    if (stopReason === 'error') {
      const { last, retries = 0 } = this.#memory;
      const known = parentId !== undefined && parentId === last ? retries : 0;
      this.#memory = { ...this.#memory, last: id, retries: known };
      const failure = transcriptFailure(
        { ...fields, at, contentKey: `pi failed ${entry}` },
        message,
      );
      const isFinal = this.#isLast(failure.status) ? true : undefined;
      return [start, { ...failure, ...omitUndefined({ isFinal }) }];
    }
    return [start, transcriptEnd({ ...fields, at, contentKey: `pi ended ${entry}` }, message)];
  }

  #isLast(status: number | undefined): boolean {
    const { retries = 0, isLimitUnknown = false } = this.#memory;
    return NOT_RETRIED.includes(status) || (!isLimitUnknown && retries >= MOST_RETRIES);
  }
}

/**
 * pi, seen in 1.6.0 (docs/agents.md 7.16), and oh-my-pi, which shares the layout (not observed). Every
 * attempt has a record, on disk when it has ended. A `context_edit` follows a failure that is
 * retried, nothing follows the last one: it is the one after as many retries as pi makes.
 */
export const pi: Agent = {
  id: 'pi',
  name: 'pi',
  sources: surroundings => sessionFolders(surroundings).map(sourceIn),
  // The last one shows which attempt it is.
  failureAnchors: ['stopReason":"error', 'context_edit"', HEAD],
  tokenAnchors: ['"usage":{'],
  createReader: (file, memory) => new PiReader(file, memory),
};

function sessionFolders(surroundings: Surroundings): string[] {
  const own = pathBelow(
    surroundings,
    agentFolder(surroundings, 'PI_CODING_AGENT_DIR', below(surroundings, '.pi')),
    'sessions',
  );
  const moved = agentFolder(surroundings, 'PI_CODING_AGENT_SESSION_DIR', '');
  const isMoved = moved !== agentFolder(surroundings, '', '');
  const ohMyPi = pathBelow(
    surroundings,
    surroundings.home,
    below(surroundings, '.omp'),
    'sessions',
  );
  return [...new Set([own, ...(isMoved ? [moved] : []), ohMyPi])];
}

const below = ({ platform }: Surroundings, folder: string): string =>
  platform === 'win32' ? `${folder}\\agent` : `${folder}/agent`;

/** A folder for each folder that is worked in; a folder that the user chose has none. */
const sourceIn = (root: string): LogSource => ({
  root,
  files: /^(?:[^/]+\/)?[^/]+\.jsonl$/,
  depth: 1,
  growth: 'append',
  format: 'session',
});
