import { failureWords } from '../core/base/counts.ts';
import {
  type AccountId,
  accountName,
  baseUrlOf,
  type Endpoint,
  type EndpointProblem,
} from '../core/accounts/endpoint.ts';
import { keyMistake, parseKeyText } from '../core/accounts/key.ts';
import type { Locale, Translate } from '../core/base/ports.ts';
import { curlCommand, directQuestion, directRequest } from '../core/diagnosis/directRequest.ts';
import { directText } from '../core/diagnosis/directWords.ts';
import { type DirectResult, saveDirectResult } from '../core/diagnosis/directResults.ts';
import { type PlannedTest, planTest, resultOfTest } from '../core/diagnosis/runDirectTest.ts';
import { changeChecklist } from '../core/diagnosis/checklistState.ts';
import { oldKeyPlaces, oldKeyWords, resultOfOldKey } from '../core/diagnosis/oldKey.ts';
import { incidentTitle } from '../core/explain/explain.ts';
import { productOfIncident } from '../core/incidents/accountOfIncident.ts';
import type { Incident } from '../core/incidents/incident.ts';
import { parseBaseUrl } from '../node/parseBaseUrl.ts';
import { QuotaEndpoint } from '../node/quotaEndpoint.ts';
import { sendDirectRequest } from '../node/sendDirectRequest.ts';
import { UsageError } from './command.ts';
import { accountIdOf, endpointOf, openNetwork } from './environment.ts';
import { placesOfKeys } from './placesOfKeys.ts';
import { ask, printJson, printText, printWarning } from './output.ts';
import { openStore } from './machine.ts';
import { machineIncidents, warnIfNotStored } from './machineIncidents.ts';

/** A call of `kimi-quota test`. */
export interface TestCall {
  /** The incident to compare with. Default: the newest that may be of this product. */
  readonly id?: string;
  /** Default: the account that the environment configures. */
  readonly account?: string;
  readonly isJson: boolean;
  /** Prints the request as a command and sends nothing. */
  readonly asCurl: boolean;
  /** Asks for the quota instead: the key should be rejected. */
  readonly isOldKey: boolean;
  /** Sends it without a question. */
  readonly isAgreed: boolean;
  readonly locale: Locale;
}

/** The exit codes of docs/cli.md. */
const CODES = { works: 0, refused: 1, keyRejected: 4, noAnswer: 5 } as const;

/**
 * Sends one request to the account, without an agent, compares the answer with an incident, and
 * stores the result for its checklist and ticket. Resolves to the exit code.
 */
export async function test(call: TestCall): Promise<number> {
  const { id, endpoint } = accountOf(call.account, call.locale.t);
  if (call.asCurl) {
    const { model } = planTest(id, endpoint, await incidentFor(endpoint, call));
    printText(`${curlCommand(directRequest(endpoint, model))}\n`);
    return CODES.works;
  }
  const key = keyOf(endpoint, call.locale.t);
  if (typeof key === 'number') return key;
  const planned = planTest(id, endpoint, await incidentFor(endpoint, call));
  if (call.isOldKey) return testOldKey(call, planned, key);
  if (!call.isAgreed && !(await agrees(planned, call.locale.t))) return CODES.works;
  const network = openNetwork();
  const answer = await sendDirectRequest(
    { ...network, endpoint, now: Date.now },
    key,
    planned.model,
  );
  await network.close();
  const result = resultOfTest(planned, answer, Date.now());
  await store(planned, result, call.locale.t);
  print(call, planned, result);
  return codeOf(result);
}

function accountOf(
  wanted: string | undefined,
  t: Translate,
): { id: AccountId; endpoint: Endpoint } {
  const configured = endpointOf(process.env);
  const id = accountIdOf(configured);
  const endpoint = wanted === undefined || wanted === id ? configured : endpointById(wanted, t);
  if ('problem' in endpoint) throw new UsageError(t('KIMI_CODE_BASE_URL is not a valid base URL.'));
  return { id: accountIdOf(endpoint), endpoint };
}

function endpointById(wanted: string, t: Translate): Endpoint | EndpointProblem {
  switch (wanted) {
    case 'kimiCode':
      return parseBaseUrl(baseUrlOf('kimi.com'), 'kimiCode');
    case 'moonshot.ai':
    case 'moonshot.cn':
      return parseBaseUrl(baseUrlOf(wanted), 'openPlatform');
    default:
      throw new UsageError(t('--account takes kimiCode, moonshot.ai or moonshot.cn.'));
  }
}

/** The key, or the exit code: a key that the host must reject is not sent. */
function keyOf(endpoint: Endpoint, t: Translate): string | number {
  const { KIMI_API_KEY = '', MOONSHOT_API_KEY = '' } = process.env;
  const isPlatform = endpoint.product === 'openPlatform';
  const typed = parseKeyText((isPlatform && MOONSHOT_API_KEY) || KIMI_API_KEY);
  if (typed.kind === 'refused') {
    printWarning(t('KIMI_API_KEY has no key.'));
    return CODES.keyRejected;
  }
  const mistake = keyMistake(typed.key, endpoint);
  if (mistake !== 'platformKeyForKimiCode' && mistake !== 'kimiCodeKeyForPlatform')
    return typed.key;
  printWarning(t('The key is for the other product; nothing was sent to {0}.', endpoint.origin));
  return CODES.keyRejected;
}

/**
 * One request that uses no tokens, with a key that was replaced. The checklist of the incident has
 * the result. Exit code 0: rejected, as it should be.
 */
async function testOldKey(
  { isJson, locale: { t } }: TestCall,
  { id, endpoint, incident }: PlannedTest,
  key: string,
): Promise<number> {
  const network = openNetwork();
  const client = new QuotaEndpoint({ ...network, endpoint, now: Date.now });
  const result = resultOfOldKey(await client.readQuota(key));
  await network.close();
  const oldKey = { result, places: await placesOfKeys([key], [], t) };
  const archive = openStore('write');
  if (incident) await changeChecklist(archive, incident.id, { at: Date.now(), oldKey });
  warnIfNotStored(archive, t);
  archive.dispose();
  if (isJson) printJson({ kind: 'oldKey', account: id, host: endpoint.origin, ...oldKey }, 2);
  else printText(`${accountName(id, t)}: ${oldKeyWords(oldKey, t)}\n${oldKeyPlaces(oldKey, t)}\n`);
  return result === 'refused'
    ? CODES.works
    : result === 'accepted'
      ? CODES.refused
      : CODES.noAnswer;
}

/** The named incident, or the newest that may be of this product. */
async function incidentFor(
  { product }: Endpoint,
  { id, locale: { t } }: TestCall,
): Promise<Incident | undefined> {
  const other = product === 'kimiCode' ? 'open-platform' : 'kimi-code';
  const archive = openStore('read');
  const incidents = await machineIncidents(archive, Date.now());
  archive.dispose();
  if (id === undefined) return incidents.findLast(one => productOfIncident(one) !== other);
  const named = incidents.findLast(one => one.id.startsWith(id));
  if (!named) throw new UsageError(t('No incident {0} in the last 7 days.', id));
  return named;
}

/** Where the dashboard, `why` and `ticket` find it. */
async function store({ incident }: PlannedTest, result: DirectResult, t: Translate): Promise<void> {
  const archive = openStore('write');
  await saveDirectResult(archive, incident?.id ?? '', result);
  warnIfNotStored(archive, t);
  archive.dispose();
}

async function agrees({ endpoint, model }: PlannedTest, t: Translate): Promise<boolean> {
  const [question, detail] = directQuestion(endpoint, model, t);
  return /^y(?:es)?$/i.test((await ask(`${question} ${detail} [y/N] `)).trim());
}

function print(
  { isJson, locale }: TestCall,
  { id, incident }: PlannedTest,
  result: DirectResult,
): void {
  const now = Date.now();
  const { t } = locale;
  const words = directText(result, now, locale);
  if (isJson) {
    const { at, host, model, outcome, reason } = result;
    const about = incident ? { incident: incident.id } : {};
    const time = new Date(at).toISOString();
    const report = { kind: 'test', at: time, account: id, host, model, outcome, reason, ...about };
    return printJson({ ...report, text: words }, 2);
  }
  const about = incident
    ? t('Compared with: {0} ({1}).', incidentTitle(incident, t), failureWords(incident.count, t))
    : t('No failed request in the last 7 days to compare with.');
  const lines = [
    `${accountName(id, t)}: ${words.title}. ${words.outcome}`,
    about,
    ...words.evidence.map(line => `- ${line}`),
    t('Next: {0}', words.next),
    ...(incident ? [t('The support ticket of this incident includes the result.')] : []),
  ];
  printText(`${lines.map(line => line.replace(/\s+/g, ' ')).join('\n')}\n`);
}

function codeOf({ answer }: DirectResult): number {
  if (answer.kind === 'answered') return CODES.works;
  if (answer.kind === 'unreachable') return CODES.noAnswer;
  return answer.status === 401 ? CODES.keyRejected : CODES.refused;
}
