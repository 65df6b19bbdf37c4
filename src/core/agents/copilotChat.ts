import * as z from 'zod/mini';
import { lenient, omitUndefined } from '../base/fields.ts';
import { parseLocalTime } from '../base/time.ts';
import type { Agent, LogFile, LogSource, RecordReader, Surroundings } from './agent.ts';
import { unwrapError } from './agentError.ts';
import { editorStorages } from './editorStorage.ts';
import { EventCounter, failureFromText } from './failureFromText.ts';
import { FailureStatus, idOfName, Name, parseRecord } from './recordFields.ts';
import type { Signal } from './signal.ts';

/** A response that is not 200, with its whole body. */
const FAILED = /^(\S{10} \S{8,12}) \[error\] Server error: ([45]\d\d) (.*)$/s;
/** Each request at its end: what became of it, the model, what it was for. */
const ENDED =
  /^(\S{10} \S{8,12}) \[info\] ccreq:\S{1,80} \| (\w{1,40}) \| ([^|]{1,200}) \| \d+ms \| \[/;

const Memory = z.object({
  /** Time of a failure whose request has not been named yet. */
  failedAt: lenient(z.number()),
  /** Models that Kimi refused in this file. */
  models: lenient(z.array(z.string())),
  seen: lenient(z.object({ moment: z.string(), seen: z.record(z.string(), z.number()) })),
});
type Memory = z.infer<typeof Memory>;
const MOST_MODELS = 16;

class CopilotChatReader implements RecordReader {
  readonly #session: string;
  #memory: Memory;
  readonly #ordinals: EventCounter;

  constructor(file: LogFile, saved = '') {
    // `<start of the editor>/<window>/…`
    this.#session = idOfName(file.relativePath.split('/').slice(0, 2).join('.'));
    this.#memory = parseRecord(saved, Memory) ?? {};
    this.#ordinals = new EventCounter(this.#memory.seen);
  }

  read({ text }: { readonly text: string }): Signal[] {
    const failed = FAILED.exec(text);
    if (failed) return this.#failed(parseLocalTime(failed[1]!), failed[2]!, failed[3]!);
    const ended = ENDED.exec(text);
    return ended ? this.#ended(parseLocalTime(ended[1]!), ended[2]!, ended[3]!) : [];
  }

  saveMemory(): string {
    return JSON.stringify({ ...this.#memory, seen: this.#ordinals.memory });
  }

  /** Nothing on the line says whose answer it is: only Kimi's own text counts. */
  #failed(at: number | undefined, status: string, body: string): Signal[] {
    const raw = unwrapError(body);
    const { failure, evidence } = failureFromText({
      ...raw,
      ...omitUndefined({ status: FailureStatus.parse(Number(status)) }),
    });
    if (at === undefined || !evidence.hasKimiWords) return [];
    this.#memory = { ...this.#memory, failedAt: at };
    const fields = this.#fields(at, 'failed');
    // Only GitHub's own service is retried.
    return [{ kind: 'requestFailed', ...fields, evidence, ...failure, isFinal: true }];
  }

  #ended(at: number | undefined, result: string, named: string): Signal[] {
    const model = Name.parse(named.replace(/ -> .*$/, '').trim());
    if (at === undefined || model === undefined) return [];
    const { failedAt, models = [] } = this.#memory;
    if (result === 'success')
      return models.includes(model)
        ? [{ kind: 'requestEnded', ...this.#fields(at, 'ended'), model, isAnswered: true }]
        : [];
    if (failedAt === undefined) return [];
    const others = models.filter(known => known !== model);
    this.#memory = {
      ...this.#memory,
      failedAt: undefined,
      models: [...others, model].slice(-MOST_MODELS),
    };
    const fields = { ...this.#fields(at, 'model'), at: failedAt };
    return [{ kind: 'requestEnded', ...fields, model, failure: { text: '' } }];
  }

  #fields(at: number, what: string) {
    const place = this.#ordinals.next(String(at), `${what} ${this.#session}`);
    return {
      at,
      agent: 'copilot-chat' as const,
      session: this.#session,
      isThreadUnknown: true,
      evidence: {},
      contentKey: `copilot-chat ${place}`,
    };
  }
}

/** The log folders next to the editors' settings. */
function logFolders(here: Surroundings): LogSource[] {
  return editorStorages(here).flatMap((storage): LogSource[] => {
    const root = storage.replace(/User[\\/]globalStorage$/, 'logs');
    return root === storage ? [] : [{ ...SOURCE, root }];
  });
}

/** `<start>/window1/exthost/GitHub.copilot-chat/GitHub Copilot Chat.log`; on a server without a window. */
const SOURCE: Omit<LogSource, 'root'> = {
  files:
    /^[\dT]+\/(?:window\d+\/exthost|exthost\d*)\/GitHub\.copilot-chat\/GitHub Copilot Chat(?:\.\d+)?\.log$/,
  folders:
    /^[\dT]+(?:\/(?:window\d+(?:\/exthost)?|exthost\d*|window\d+\/exthost\/GitHub\.copilot-chat|exthost\d*\/GitHub\.copilot-chat))?$/,
  depth: 4,
  growth: 'append',
  format: 'log',
};

/**
 * GitHub Copilot Chat in VS Code with a Kimi key of the user's, from source (docs/agents.md 7.21). Its
 * log has each rejected request with the whole body, and neither the provider nor the URL: what
 * GitHub's own service refuses is on the same lines.
 */
export const copilotChat: Agent = {
  id: 'copilot-chat',
  name: 'GitHub Copilot Chat',
  sources: logFolders,
  // The second names the model.
  failureAnchors: ['[error] Server error: ', 'ccreq:'],
  createReader: (file, memory) => new CopilotChatReader(file, memory),
};
