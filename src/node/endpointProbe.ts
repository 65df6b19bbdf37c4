import { STATUS_HOST } from '../core/base/kimiHosts.ts';
import type { Product } from '../core/accounts/endpoint.ts';
import type { DirectAnswer } from '../core/diagnosis/directRequest.ts';
import { readModels, readStatusSummary } from '../core/selfCheck/answers.ts';
import type { HostAnswers, HostProbe, StatusOutcome } from '../core/selfCheck/facts.ts';
import { askOnce, type AskOptions, type Fetch, readBody } from './askOnce.ts';
import {
  clockSkewMs,
  parseJson,
  QuotaEndpoint,
  type QuotaEndpointOptions,
  readAnswer,
} from './quotaEndpoint.ts';

/** Statuspage API, version 2 (docs/kimi.md 10). */
const STATUS_SUMMARY_URL = `https://${STATUS_HOST}/api/v2/summary.json`;

const QUOTA_PATHS: Readonly<Record<Product, RegExp>> = {
  kimiCode: /\/usages$/,
  openPlatform: /\/users\/me\/balance$/,
};

/** The requests of the self-check to one host. Never rejects. */
export class EndpointProbe implements HostProbe {
  readonly #options: QuotaEndpointOptions;

  constructor(options: QuotaEndpointOptions) {
    this.#options = options;
  }

  async look(key: string | undefined): Promise<HostAnswers> {
    const { now } = this.#options;
    let skewMs: number | undefined;
    const fetch: Fetch = async (url, init) => {
      const response = await this.#options.fetch(url, init);
      skewMs ??= clockSkewMs(response, now());
      return response;
    };
    const quota = await new QuotaEndpoint({ ...this.#options, fetch }).readQuota(key);
    const isDecided = ['unreachable', 'unauthorized', 'rateLimited'].includes(quota.kind);
    const models = key === undefined || isDecided ? undefined : await this.#readModels(key);
    return {
      quota,
      ...(models ? { models } : {}),
      ...(skewMs === undefined ? {} : { clockSkewMs: skewMs }),
      hasProxyVariable: PROXY_VARIABLES.some(name => Boolean(process.env[name])),
    };
  }

  #readModels(key: string) {
    const { endpoint, now } = this.#options;
    const question = { url: this.#urlOf('/models'), key };
    return askOnce(question, this.#options, response =>
      readAnswer(response, { endpoint, key, now: now() }, readModels),
    );
  }

  async chat(key: string, model: string): Promise<DirectAnswer> {
    const { sendDirectRequest } = await import('./sendDirectRequest.ts');
    return sendDirectRequest(this.#options, key, model);
  }

  readStatusPage(): Promise<StatusOutcome> {
    return readStatusPage(this.#options);
  }

  /** A sibling path of the quota URL. */
  #urlOf(path: string): string {
    const { product, quotaUrl } = this.#options.endpoint;
    return quotaUrl.replace(QUOTA_PATHS[product], path);
  }
}

const PROXY_VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY'];

/** Reads the summary of Kimi's status page, without a key. Never rejects. */
export function readStatusPage(options: AskOptions): Promise<StatusOutcome> {
  const question = { url: STATUS_SUMMARY_URL, key: undefined };
  return askOnce(question, options, async (response): Promise<StatusOutcome> => {
    if (response.status !== 200) return { kind: 'malformed' };
    return readStatusSummary(parseJson((await readBody(response)) ?? '')?.value);
  });
}
