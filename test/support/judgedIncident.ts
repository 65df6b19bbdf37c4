import { readFileSync } from 'node:fs';
import type { Incident, IncidentPlace } from '../../src/core/incidents/incident.ts';
import { judge } from '../../src/core/incidents/judge.ts';
import type { VerdictInput } from '../../src/core/incidents/verdict.ts';
import type { Locale } from '../../src/core/base/ports.ts';
import { english } from '../../src/core/base/format.ts';

const chinese = JSON.parse(
  readFileSync(new URL('../../l10n/bundle.l10n.zh-cn.json', import.meta.url), 'utf8'),
) as Record<string, string>;

/** Chinese words; throws where a sentence has none. */
export const CHINESE: Locale = {
  language: 'zh-cn',
  timeZone: 'Asia/Shanghai',
  t: (message, ...args) => {
    const words = chinese[message];
    if (words === undefined) throw new Error(`No Chinese for: ${message}`);
    return english(words, ...args);
  },
};

/** An incident as it is judged from an input, with the text of its failure. */
export function judgedIncident(
  input: VerdictInput,
  { text = '', isOfSubagents = false }: { text?: string; isOfSubagents?: boolean } = {},
): Incident {
  const { provider, category, wordsConfidence, fields, from, to, count, state } = input;
  const agent = input.agents[0] ?? 'other';
  const place: IncidentPlace = {
    agent,
    session: 'session_1',
    count,
    ...(isOfSubagents ? { subagent: 'agent-1' } : {}),
  };
  return {
    id: 'incident',
    provider,
    category,
    rule: null,
    wordsConfidence,
    fields,
    from,
    to,
    count,
    sideCount: 0,
    places: [place],
    placeCount: 1,
    state,
    example: {
      file: 'log',
      byteOffset: 0,
      signal: {
        kind: 'requestFailed',
        at: to,
        agent,
        session: 'session_1',
        evidence: input.host === undefined ? {} : { host: input.host },
        contentKey: 'key',
        text,
      },
    },
    course: [],
    verdict: judge(input),
  };
}
