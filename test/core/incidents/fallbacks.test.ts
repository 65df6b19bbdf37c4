import assert from 'node:assert/strict';
import { Fallbacks } from '../../../src/core/incidents/fallbacks.ts';
import type { ProviderEvidence, RequestEnded } from '../../../src/core/agents/signal.ts';
import { english } from '../../../src/core/base/format.ts';
import { explain } from '../../../src/core/explain/explain.ts';
import { type Incident, parseStoredIncident } from '../../../src/core/incidents/incident.ts';
import { incidentOf } from '../../support/incidents.ts';
import { MINUTE_MS, NOW } from '../../support/quotaViews.ts';

const incident = incidentOf('i', { places: [{ agent: 'opencode', session: 's', count: 1 }] });
const answer = (more: Partial<RequestEnded> = {}): RequestEnded => ({
  kind: 'requestEnded',
  at: incident.to + MINUTE_MS,
  agent: 'opencode',
  session: 's',
  evidence: { host: 'openrouter.ai' },
  contentKey: 'k',
  outputTokens: 3,
  ...more,
});

describe('fallbacks', () => {
  const cases: readonly (readonly [fact: string, answer: RequestEnded, isFound: boolean])[] = [
    ['another provider answers the same session', answer(), true],
    ['Kimi answers', answer({ evidence: { host: 'api.kimi.com' } }), false],
    ['nothing names the provider', answer({ evidence: {} }), false],
    ['another session', answer({ session: 'other' }), false],
    ['another agent', answer({ agent: 'codex' }), false],
    ['within ten minutes', answer({ at: incident.to + 10 * MINUTE_MS }), true],
    ['later', answer({ at: incident.to + 10 * MINUTE_MS + 1 }), false],
    ['at the time of the failure', answer({ at: incident.to }), true],
    ['before the failure', answer({ at: incident.to - 1 }), false],
  ];
  for (const [fact, signal, isFound] of cases)
    it(`${isFound ? 'notices' : 'ignores'}: ${fact}`, () => {
      const fallbacks = new Fallbacks();
      fallbacks.take(signal, [incident]);
      assert.deepEqual([...fallbacks.takeChanged()], isFound ? ['i'] : []);
    });

  const names: [fact: string, evidence: ProviderEvidence, to: string][] = [
    [
      'by its mark',
      { otherProvider: 'openai', providerId: 'x/y', host: 'z.example.net' },
      'openai',
    ],
    [
      "by the agent's id of it",
      { providerId: 'openrouter/glm', host: 'openrouter.ai' },
      'openrouter',
    ],
    ['by its host', { host: 'openrouter.ai' }, 'openrouter.ai'],
  ];
  for (const [fact, evidence, to] of names)
    it(`names the provider ${fact}, until the incident is forgotten`, () => {
      const fallbacks = new Fallbacks();
      fallbacks.take(answer({ evidence }), [incident]);
      assert.deepEqual(fallbacks.of('i'), { agent: 'opencode', to });
      fallbacks.forget('i');
      assert.equal(fallbacks.of('i'), undefined);
    });

  const places = [{ agent: 'codex', session: 'x', count: 1 } as const, ...incident.places];
  const incidents: [fact: string, more: Partial<Incident>, isFound: boolean][] = [
    ['with several sessions', { places }, true],
    ['of the open platform', { provider: 'open-platform' }, true],
    ['of another provider', { provider: 'other' }, false],
    ['of nobody known', { provider: 'unknown' }, false],
  ];
  for (const [fact, more, isFound] of incidents)
    it(`${isFound ? 'notices' : 'ignores'} an answer to an incident ${fact}`, () => {
      const fallbacks = new Fallbacks();
      fallbacks.take(answer(), [{ ...incident, ...more }]);
      assert.equal(fallbacks.of('i') !== undefined, isFound);
    });

  it('reports each incident once', () => {
    const fallbacks = new Fallbacks();
    fallbacks.take(answer(), [incident]);
    fallbacks.take(answer({ at: incident.to + 2 * MINUTE_MS }), [incident]);
    assert.deepEqual([[...fallbacks.takeChanged()], [...fallbacks.takeChanged()]], [['i'], []]);
  });

  it('is stored with the incident and said in its explanation', () => {
    const fallback = { agent: 'opencode', to: 'openrouter.ai' } as const;
    const stored = parseStoredIncident(JSON.stringify({ ...incident, fallback }));
    assert.deepEqual(stored?.fallback, fallback);
    const { cause } = explain(stored ?? incident, {
      locale: { language: 'en', t: english },
      now: NOW,
    });
    assert.match(cause, /OpenCode then continued with another provider: openrouter\.ai\.$/);
  });
});
