import * as z from 'zod/mini';
import type { Endpoint, Product } from '../accounts/endpoint.ts';
import { Label, lenient } from '../base/fields.ts';
import type { Translate } from '../base/ports.ts';
import { redact } from '../base/redact.ts';
import { CHEAPEST, costWords } from '../diagnosis/directRequest.ts';
import type { Malformed } from '../quota/snapshot.ts';
import { describeShape } from '../quota/usages.ts';
import type { AccountFacts, ModelsOutcome, StatusOutcome } from './facts.ts';

/** The component for the API (docs/kimi.md 10). */
const OPEN_API = /open ?api/i;

const Summary = z.object({
  status: z.object({ indicator: z.string() }),
  components: lenient(
    z.array(z.object({ name: lenient(z.string()), status: lenient(z.string()) })),
  ),
  incidents: lenient(z.array(z.object({ name: lenient(Label), status: lenient(z.string()) }))),
});

type Level = Extract<StatusOutcome, { kind: 'read' }>['level'];

/** Statuspage API v2: the states of a component, and of the whole page. */
const LEVELS: ReadonlyMap<string, Level> = new Map(
  Object.entries<Level>({
    operational: 'well',
    degraded_performance: 'degraded',
    partial_outage: 'degraded',
    under_maintenance: 'degraded',
    major_outage: 'down',
    none: 'well',
    minor: 'degraded',
    maintenance: 'degraded',
    major: 'down',
    critical: 'down',
  }),
);

/** Parses `/api/v2/summary.json` of the status page: the API component, else the whole page. */
export function readStatusSummary(body: unknown): StatusOutcome {
  const { data } = Summary.safeParse(body);
  if (!data) return { kind: 'malformed' };
  const component = data.components?.find(({ name }) => OPEN_API.test(name ?? ''));
  const level = LEVELS.get(component?.status ?? '') ?? LEVELS.get(data.status.indicator);
  if (level === undefined) return { kind: 'malformed' };
  const incident = data.incidents?.find(({ status }) => status !== 'resolved')?.name;
  return { kind: 'read', level, ...(incident === undefined ? {} : { incident }) };
}

/** The known ids have letters, digits, dots and dashes (docs/kimi.md 3); a tuned one has colons. */
const ModelId = z.string().check(
  z.regex(/^[\w.:/-]{1,100}$/),
  z.refine(id => redact(id) === id),
);

const ModelsPayload = z.object({ data: z.array(z.object({ id: z.string() })) });

/** Parses the response of `GET {base}/models`. Ids of an unknown form are omitted. */
export function readModels(body: unknown): Extract<ModelsOutcome, { kind: 'listed' }> | Malformed {
  const { data: payload } = ModelsPayload.safeParse(body);
  if (!payload) {
    const issues = ['the answer has no list of models'];
    return { kind: 'malformed', issues, shape: describeShape(body) };
  }
  const ids = payload.data.map(({ id }) => id).filter(id => ModelId.safeParse(id).success);
  return { kind: 'listed', ids };
}

/** The model for the chat request: the cheapest, or the first that is listed. */
export function modelForChat(product: Product, models: ModelsOutcome | undefined): string {
  const ids = models?.kind === 'listed' ? models.ids : [];
  const cheapest = CHEAPEST[product];
  return ids.includes(cheapest) ? cheapest : (ids[0] ?? cheapest);
}

/** Whether a chat request can show more than the other checks. */
export function canChat({ key, isMismatched, answers }: AccountFacts): boolean {
  const isSent = key.kind === 'key' && !isMismatched;
  const kind = answers?.quota.kind;
  return isSent && kind !== undefined && kind !== 'unauthorized' && kind !== 'unreachable';
}

/** The question before the chat request, and its cost. */
export function chatQuestion(
  { product }: Endpoint,
  model: string,
  t: Translate,
): readonly [question: string, cost: string] {
  return [t('Send one chat request to {0}?', model), costWords(product, t)];
}
