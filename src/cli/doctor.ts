import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { WatchedFolder } from '../core/agents/watchedLogs.ts';
import type { Endpoint } from '../core/accounts/endpoint.ts';
import { parseKeyText } from '../core/accounts/key.ts';
import { canChat, chatQuestion, modelForChat } from '../core/selfCheck/answers.ts';
import type { AccountFacts, SelfCheckFacts } from '../core/selfCheck/facts.ts';
import {
  judgeFacts,
  selfCheckReport,
  selfCheckText,
  worstOf,
} from '../core/selfCheck/selfCheckReport.ts';
import { type CheckedKey, clockFacts, lookAtAccount } from '../core/selfCheck/lookAtAccount.ts';
import type { Locale } from '../core/base/ports.ts';
import { EndpointProbe, readStatusPage } from '../node/endpointProbe.ts';
import { readLogsOnce } from '../node/logTailer.ts';
import { SqliteArchive } from '../node/sqliteArchive.ts';
import { SystemClock } from '../node/systemClock.ts';
import {
  accountIdOf,
  endpointOf,
  type Network,
  openNetwork,
  userCacheFolder,
} from './environment.ts';
import { ask, printJson, printText, silent } from './output.ts';
import { tailing } from './tailing.ts';
import type { ArchiveHealth } from '../core/base/store.ts';

declare const __VERSION__: string;

/** A call of `kimi-quota doctor`. */
export interface DoctorCall {
  readonly isJson: boolean;
  readonly asksStatusPage: boolean;
  readonly sendsChat: boolean;
  /** Sends the chat request without a question. */
  readonly isAgreed: boolean;
  readonly locale: Locale;
}

/**
 * Checks everything between this machine and Kimi. Resolves to the exit code: 1 if anything is
 * broken.
 */
export async function doctor(call: DoctorCall): Promise<number> {
  const network = openNetwork();
  const facts = await findOut(call, network);
  await network.close();
  const now = Date.now();
  const { locale } = call;
  const context = { locale, now, surface: 'terminal' } as const;
  const rows = judgeFacts(facts, context);
  const place = `${__VERSION__}, Node.js ${process.versions.node}, ${process.platform}`;
  if (call.isJson) printJson(selfCheckReport(rows, now), 2);
  else printText(selfCheckText(rows, place, context));
  return worstOf(rows) === 'broken' ? 1 : 0;
}

async function findOut(call: DoctorCall, network: Network): Promise<SelfCheckFacts> {
  const key = keyOf(process.env.KIMI_API_KEY ?? '');
  const endpoint = endpointOf(process.env);
  const probeOf = (known: Endpoint): EndpointProbe =>
    new EndpointProbe({ ...network, endpoint: known, now: Date.now });
  const [account, folders, database, statusPage] = await Promise.all([
    lookAtAccount(
      { id: accountIdOf(endpoint), endpoint },
      { key, hasProxySetting: false, probe: async known => probeOf(known) },
    ),
    foldersNow(),
    databaseHealth(),
    call.asksStatusPage ? readStatusPage(network) : undefined,
  ]);
  return {
    accounts: [call.sendsChat ? await withChat(account, { key, call, probeOf }) : account],
    machine: {
      ...clockFacts([account]),
      logs: { isPaused: false, folders },
      database,
      ...(statusPage ? { statusPage } : {}),
    },
  };
}

function keyOf(text: string): CheckedKey {
  const typed = parseKeyText(text);
  return typed.kind === 'key' ? { kind: 'key', key: typed.key } : typed;
}

interface Chatting {
  readonly key: CheckedKey;
  readonly call: DoctorCall;
  readonly probeOf: (endpoint: Endpoint) => EndpointProbe;
}

async function withChat(
  facts: AccountFacts,
  { key, call, probeOf }: Chatting,
): Promise<AccountFacts> {
  const { endpoint } = facts.account;
  if ('problem' in endpoint || key.kind !== 'key' || !canChat(facts)) return facts;
  const model = modelForChat(endpoint.product, facts.answers?.models);
  const [question, cost] = chatQuestion(endpoint, model, call.locale.t);
  if (!call.isAgreed && !(await isYes(`${question} ${cost} [y/N] `))) return facts;
  return { ...facts, chat: await probeOf(endpoint).chat(key.key, model) };
}

const isYes = async (question: string): Promise<boolean> =>
  /^y(?:es)?$/i.test((await ask(question)).trim());

/** The end of a log shows whether it is readable. */
const MAX_TAIL_BYTES = 64 * 1024;

function foldersNow(): Promise<readonly WatchedFolder[]> {
  return readLogsOnce({
    ...tailing({ files: [] }, () => undefined),
    log: silent,
    reading: { maxBacklogBytes: MAX_TAIL_BYTES },
  });
}

/** Tests a temporary database in the cache folder that `check --max-age` uses. */
async function databaseHealth(): Promise<ArchiveHealth> {
  const path = join(
    userCacheFolder(process.platform, process.env),
    `doctor-${crypto.randomUUID()}.db`,
  );
  const clock = new SystemClock({ keepsAlive: true });
  const archive = new SqliteArchive({ path, clock, log: silent });
  await archive.set('doctor', '1');
  const { health } = archive;
  archive.dispose();
  const files = ['', '-wal', '-shm'].map(suffix => rm(`${path}${suffix}`, { force: true }));
  await Promise.allSettled(files);
  return health;
}
