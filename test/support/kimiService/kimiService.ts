import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Account } from './account.ts';
import type { ServiceClock } from './drivenClock.ts';
import type { Exchange } from './exchange.ts';
import { KIMI_CODE_KEY, PLATFORM_KEY } from './keys.ts';
import { answerExchange, pathOf } from './router.ts';
import { type Behaviour, createServiceState, type ServiceState, settle } from './serviceState.ts';
import type { UsagesScenario } from './usagesScenario.ts';

/** A request that reached the service, authorised or not. */
interface RecordedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders;
  /** By the service's clock. */
  readonly at: number;
  /** What was answered; absent until the answer has begun. */
  readonly status: number | undefined;
}

/** Where the service begins. All of it can be changed later, except the port. */
export interface KimiServiceOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Stops the clock at this time (epoch milliseconds). Default: the clock follows real time. */
  readonly startAt?: number;
  /** Lets the use of the account creep up, about 1 % of the 5-hour window in five minutes. */
  readonly lively?: boolean;
  readonly account?: Partial<Account>;
  readonly behaviour?: Partial<Behaviour>;
}

/** A Kimi on this machine: the subscription and the open platform on one port, for one user. */
export interface KimiService {
  /** `http://127.0.0.1:PORT`. The open platform is at `url + '/v1'`. */
  readonly url: string;
  /** `url + '/coding/v1'`. */
  readonly baseUrl: string;
  /** An accepted Kimi Code key. */
  readonly key: string;
  /** An accepted open-platform key. */
  readonly platformKey: string;
  /** Every request so far, the first one first. */
  readonly requests: readonly RecordedRequest[];
  /** What each answered completion was asked, as JSON: messages with the results of tools. */
  readonly prompts: readonly string[];
  /** The current account, which a test can change. */
  readonly account: Account;
  /** How the service behaves; set what a test needs. */
  readonly behaviour: Behaviour;
  readonly clock: ServiceClock;
  /** How many completions are being generated, on both products together. */
  readonly inFlight: number;
  /** How `/usages` answers from now on. */
  setUsages(scenario: UsagesScenario): void;
  /** Resolves as soon as the condition holds: it is asked at each request, admission and answer. */
  until(condition: (service: KimiService) => boolean): Promise<void>;
  /** Cuts every connection and drops every timer. */
  close(): Promise<void>;
}

const LIVELY_TOKENS_PER_MINUTE = 4_000;

/** Starts a Kimi on the loopback interface. The caller closes it. */
export async function startKimiService(options: KimiServiceOptions = {}): Promise<KimiService> {
  const state = createServiceState(options.startAt, options.account ?? {}, {
    ...(options.lively && { backgroundTokensPerMinute: LIVELY_TOKENS_PER_MINUTE }),
    ...options.behaviour,
  });
  const requests: RecordedRequest[] = [];
  const server = createServer((request, response) => {
    record(requests, { request, response, state });
    void answerExchange({ request, response, state });
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  return createKimiService(server, state, requests);
}

function createKimiService(
  server: Server,
  state: ServiceState,
  requests: readonly RecordedRequest[],
): KimiService {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const service: KimiService = {
    url,
    baseUrl: `${url}/coding/v1`,
    key: KIMI_CODE_KEY,
    platformKey: PLATFORM_KEY,
    requests,
    prompts: state.prompts,
    behaviour: state.behaviour,
    clock: state.clock,
    get account() {
      settle(state);
      return state.account;
    },
    get inFlight() {
      return state.kimiCode.running.size + state.platform.running.size;
    },
    setUsages: scenario => void (state.behaviour.usages = scenario),
    until: condition => until(state, () => condition(service)),
    close: () => close(server, state),
  };
  return service;
}

function record(requests: RecordedRequest[], { request, response, state }: Exchange): void {
  requests.push({
    method: request.method ?? '',
    path: pathOf(request),
    headers: request.headers,
    at: state.clock.now(),
    get status() {
      return response.headersSent ? response.statusCode : undefined;
    },
  });
  state.changes.emit('change');
}

function until(state: ServiceState, condition: () => boolean): Promise<void> {
  return new Promise(resolve => {
    const check = (): void => {
      if (!condition()) return;
      state.changes.off('change', check);
      resolve();
    };
    state.changes.on('change', check);
    check();
  });
}

async function close(server: Server, state: ServiceState): Promise<void> {
  state.clock.dispose();
  if (!server.listening) return;
  const isClosed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await isClosed;
}
