import type { AccountId, Endpoint } from '../accounts/endpoint.ts';
import { hostOf } from '../base/kimiHosts.ts';
import type { Incident } from '../incidents/incident.ts';
import { type DirectAnswer, modelOfTest } from './directRequest.ts';
import type { DirectResult } from './directResults.ts';
import { compareDirect, failureFactsOf } from './directTest.ts';

/** A direct request that can be sent: to which account, and about which failure. */
export interface PlannedTest {
  readonly id: AccountId;
  readonly endpoint: Endpoint;
  readonly model: string;
  readonly incident?: Incident;
}

/** Plans a request to an account with the model that failed. Sends nothing. */
export function planTest(
  id: AccountId,
  endpoint: Endpoint,
  incident: Incident | undefined,
): PlannedTest {
  const model = modelOfTest(endpoint.product, incident?.example.signal.model);
  return { id, endpoint, model, ...(incident ? { incident } : {}) };
}

/** Compares the answer with the failure. `at`: epoch milliseconds. Pure. */
export function resultOfTest(
  { id, endpoint, model, incident }: PlannedTest,
  answer: DirectAnswer,
  at: number,
): DirectResult {
  const failure = incident && failureFactsOf(incident, at);
  const [outcome, reason] = compareDirect(failure, answer, endpoint.origin);
  const organization = failure?.support?.organization;
  const failing = {
    ...(organization === undefined ? {} : { organization }),
    ...(failure?.isByGateway ? { gateway: true } : {}),
  };
  return {
    at,
    account: id,
    host: hostOf(endpoint.origin) ?? '',
    model,
    answer,
    outcome,
    reason,
    ...(Object.keys(failing).length > 0 ? { failing } : {}),
  };
}
