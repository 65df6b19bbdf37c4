import { redact, redactId, redactName } from '../base/redact.ts';
import type { Agent, LogFile, RecordReader } from './agent.ts';
import type { Failure, ProviderEvidence, Signal } from './signal.ts';

/**
 * Opens the reader of a file. The only way for log content to leave a reader: every text of a
 * signal and of the memory is free of keys and control characters, whatever the reader returns.
 */
export function openReader(agent: Agent, file: LogFile, memory?: string): RecordReader {
  const reader = agent.createReader(file, memory);
  return {
    read: (record, writtenBy) => reader.read(record, writtenBy).map(withoutSecrets),
    saveMemory: () => memoryWithoutSecrets(reader.saveMemory()),
  };
}

function withoutSecrets<S extends Signal>(signal: S): S {
  const { agentVersion, session, subagent, model, request, project } = signal;
  const { evidence, contentKey } = signal;
  return {
    ...signal,
    ...(signal.kind === 'requestFailed' ? failureWithoutSecrets(signal) : {}),
    ...(signal.kind === 'requestEnded' && signal.failure
      ? { failure: { ...signal.failure, ...failureWithoutSecrets(signal.failure) } }
      : {}),
    session: redactCached(redactId, session),
    contentKey: redactId(contentKey),
    evidence: evidenceWithoutSecrets(evidence),
    ...(agentVersion === undefined ? {} : { agentVersion: redactCached(redactName, agentVersion) }),
    ...(subagent === undefined ? {} : { subagent: redactCached(redactId, subagent) }),
    ...(model === undefined ? {} : { model: redactCached(redactName, model) }),
    ...(request === undefined ? {} : { request: redactId(request) }),
    ...(project === undefined ? {} : { project: redactCached(redactName, project) }),
  };
}

function failureWithoutSecrets({ text, errorType }: Failure): Pick<Failure, 'text' | 'errorType'> {
  return {
    text: redact(text),
    ...(errorType === undefined ? {} : { errorType: redactCached(redactName, errorType) }),
  };
}

function evidenceWithoutSecrets(evidence: ProviderEvidence): ProviderEvidence {
  const { host, providerId } = evidence;
  if (host === undefined && providerId === undefined) return evidence;
  return {
    ...evidence,
    ...(host === undefined ? {} : { host: redactCached(redactName, host) }),
    ...(providerId === undefined ? {} : { providerId: redactCached(redactName, providerId) }),
  };
}

/** JSON with all its texts redacted; what a reader later finds in it is redacted too. */
function memoryWithoutSecrets(memory: string | undefined): string | undefined {
  if (memory === undefined) return undefined;
  const isClean = redactId(memory) === memory;
  return isClean ? memory : JSON.stringify(valueWithoutSecrets(JSON.parse(memory)));
}

function valueWithoutSecrets(value: unknown): unknown {
  if (typeof value === 'string') return redactId(value);
  if (Array.isArray(value)) return value.map(valueWithoutSecrets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [redactId(name), valueWithoutSecrets(item)]),
  );
}

/** A cache: the few sessions, models and hosts repeat in each record. */
const MOST_KNOWN = 200;
const KNOWN = new Map<(name: string) => string, Map<string, string>>();

function redactCached(redactOne: (name: string) => string, name: string): string {
  const names = KNOWN.get(redactOne) ?? new Map<string, string>();
  KNOWN.set(redactOne, names);
  const before = names.get(name);
  if (before !== undefined) return before;
  if (names.size >= MOST_KNOWN) names.clear();
  const redacted = redactOne(name);
  names.set(name, redacted);
  return redacted;
}
