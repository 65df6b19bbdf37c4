import type { Endpoint } from '../core/endpoint.ts';
import type { QuotaClient, QuotaOutcome } from '../core/quota/outcome.ts';
import { parsePlan, type Plan } from '../core/quota/plan.ts';
import { readBalance } from '../core/quota/readBalance.ts';
import { readUsages } from '../core/quota/readUsages.ts';
import type { HostProbe } from '../core/selfCheck/facts.ts';
import { askOnce, type AskOptions } from './askOnce.ts';
import { clockSkewMs, parseJson, readAnswer } from './readAnswer.ts';
import { readBody } from './readBody.ts';

export type { Fetch } from './askOnce.ts';

/** What a `QuotaEndpoint` is made of. */
export interface QuotaEndpointOptions extends AskOptions {
  readonly endpoint: Endpoint;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * Asks for the plan's windows or the balance once (kimi.md 2.1 and 3), and for the plan's name; at
 * most 256 KB of an answer are read. Owns no state: rhythm, backoff and single flight are the
 * poller's.
 */
export class QuotaEndpoint implements QuotaClient {
  readonly #options: QuotaEndpointOptions;

  constructor(options: QuotaEndpointOptions) {
    this.#options = options;
  }

  /** Without a key the host refuses, which says that it can be reached. */
  readQuota(key?: string): Promise<QuotaOutcome> {
    const { endpoint } = this.#options;
    const question = { url: endpoint.quotaUrl, key };
    return askOnce(question, this.#options, response => this.#read(response, key));
  }

  async readPlan(key: string): Promise<Plan | undefined> {
    const { product, quotaUrl } = this.#options.endpoint;
    if (product !== 'kimiCode') return undefined;
    const question = { url: quotaUrl.replace(/\/usages$/, '/me'), key };
    const answer = await askOnce(question, this.#options, readPlanBody);
    return 'kind' in answer ? undefined : answer.plan;
  }

  /** For the self-check, a file of its own, which most windows never load. */
  async createProbe(): Promise<HostProbe> {
    const { EndpointProbe } = await import('./endpointProbe.ts');
    return new EndpointProbe(this.#options);
  }

  async #read(response: Response, key: string | undefined): Promise<QuotaOutcome> {
    const { endpoint } = this.#options;
    const now = this.#options.now();
    const { origin, product } = endpoint;
    const read = product === 'kimiCode' ? readUsages : readBalance;
    const skewMs = clockSkewMs(response, now) ?? 0;
    const outcome = await readAnswer(response, { endpoint, key, now }, value =>
      read(value, { at: now, origin, clockSkewMs: skewMs }),
    );
    return outcome.kind === 'snapshot' ? { kind: 'fresh', snapshot: outcome } : outcome;
  }
}

/** Nothing else of the answer leaves this function: it has the person's name and address. */
async function readPlanBody(response: Response): Promise<{ readonly plan: Plan | undefined }> {
  if (response.status !== 200) return { plan: undefined };
  return { plan: parsePlan(parseJson((await readBody(response)) ?? '')?.value) };
}
