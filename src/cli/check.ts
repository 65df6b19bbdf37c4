import { baseUrlOf } from '../core/accounts/endpoint.ts';
import { parseKeyText } from '../core/accounts/key.ts';
import type { InFlightCount } from '../core/agents/signal.ts';
import type { Locale, Translate } from '../core/base/ports.ts';
import type { AccountView } from '../core/quota/quotaAccounts.ts';
import { viewQuota } from '../core/quota/quotaView.ts';
import { checkExitCode, checkReport } from '../core/status/checkReport.ts';
import { baseUrlProblem } from '../core/status/explainState.ts';
import { quotaText } from '../core/status/quotaFacts.ts';
import { startAdvice, type StartSurroundings, startWords } from '../core/status/startAdvice.ts';
import { accountIdOf, endpointOf, typedKeyOf } from './environment.ts';
import type { HeldEndpoint } from './freshQuota.ts';
import { printJson, printLine, printText, printWarning } from './output.ts';
import { UsageError } from './command.ts';
import { statusLine } from './statusLine.ts';

/** The output format. */
type CheckFormat = 'text' | 'json' | 'line';

/** A call of `kimi-quota check`. */
export interface CheckCall {
  readonly format: CheckFormat;
  /** 0: always sends a request. */
  readonly maxAgeMs: number;
  readonly locale: Locale;
}

/**
 * Gets the quota once with the key from the environment and prints it, with the other accounts that
 * this machine knows. Without a key: only what a window has stored. Resolves to the exit code.
 */
export async function check(call: CheckCall): Promise<number> {
  const accounts = typedKeyOf(process.env).text
    ? await askedAccounts(call)
    : await storedAccounts();
  const [first] = accounts;
  if (!first) throw noKey(call.locale);
  await print([first, ...accounts.slice(1)], call);
  if (first.view.state === 'loading')
    printWarning(call.locale.t('Another check is running. Try again in a moment.'));
  // Programs with a status line show none of a command that fails.
  return call.format === 'line' ? 0 : checkExitCode(first.view);
}

/** The account of the key, then the others that a window has stored. */
async function askedAccounts({ format, maxAgeMs, locale }: CheckCall): Promise<AccountView[]> {
  const held = readEnvironment(locale);
  const { endpoint } = held;
  const { readQuota } = await import('./freshQuota.ts');
  const [status, stored] = await Promise.all([
    readQuota(held, maxAgeMs),
    format === 'line' ? [] : storedAccounts(),
  ]);
  const account = { id: accountIdOf(endpoint), endpoint };
  const others = stored.filter(each => each.account.id !== account.id);
  return [{ account, view: viewQuota(status, Date.now()) }, ...others];
}

async function storedAccounts(): Promise<readonly AccountView[]> {
  const { openArchive, readAccounts } = await import('./machine.ts');
  const archive = openArchive();
  if (!archive) return [];
  const accounts = await readAccounts(archive, Date.now());
  archive.dispose();
  return accounts;
}

const noKey = ({ t }: Locale): UsageError =>
  new UsageError(t('No key: set KIMI_API_KEY to a key from the Kimi Code console (sk-kimi-…).'));

/** Throws `UsageError` without a valid key. */
function readEnvironment(locale: Locale): HeldEndpoint {
  const { t } = locale;
  const { variable, text } = typedKeyOf(process.env);
  const typed = parseKeyText(text);
  if (typed.kind === 'refused') {
    if (typed.problem === 'empty') throw noKey(locale);
    throw new UsageError(
      t(
        "{0} isn't a key: it has a space, a line break or an unexpected character, or it is a sign-in token.",
        variable,
      ),
    );
  }
  const endpoint = endpointOf(process.env);
  if ('problem' in endpoint) {
    const name = variable === 'KIMI_API_KEY' ? 'KIMI_CODE_BASE_URL' : 'MOONSHOT_BASE_URL';
    throw new UsageError(`${name}: ${baseUrlProblem(endpoint.problem, t)}`);
  }
  const { isMoonshot, product } = endpoint;
  if (isMoonshot && typed.product !== undefined && typed.product !== product) {
    throw new UsageError(mismatchWords(typed.product === 'openPlatform', endpoint.origin, t));
  }
  return { endpoint, key: typed.key };
}

/** The other product's host rejects the key, so it is not sent. */
function mismatchWords(isPlatformKey: boolean, origin: string, t: Translate): string {
  return isPlatformKey
    ? t(
        'KIMI_API_KEY is an open platform key, but {0} is Kimi Code. Set KIMI_CODE_BASE_URL to {1} or {2}.',
        origin,
        baseUrlOf('moonshot.ai'),
        baseUrlOf('moonshot.cn'),
      )
    : t(
        'KIMI_API_KEY is a Kimi Code key, but {0} is the open platform. Unset KIMI_CODE_BASE_URL.',
        origin,
      );
}

type Accounts = readonly [AccountView, ...AccountView[]];

async function print(accounts: Accounts, { format, locale }: CheckCall): Promise<void> {
  const [first] = accounts;
  const known = await surroundings(format);
  switch (format) {
    case 'json': {
      const [report, ...others] = accounts.map(account => jsonReport(account, known));
      return printJson(others.length > 0 ? { ...report, others } : report!, 2);
    }
    case 'line':
      return printLine(await statusLine(first, known, locale));
    case 'text': {
      const advice = startWords(startAdvice(first, known), known.now, locale);
      const text = quotaText(accounts, { ...known, locale, side: 'remaining' });
      return printText(`${text}\n\n${advice}\n`);
    }
  }
}

/**
 * Failures and other machines' requests that an editor has stored, and requests in flight: of one
 * line the stored ones, otherwise by the logs.
 */
async function surroundings(format: CheckFormat): Promise<StartSurroundings> {
  const { openArchive, readMachine } = await import('./machine.ts');
  const now = Date.now();
  const archive = openArchive();
  const { incidents, activity } = archive
    ? await readMachine(archive, now)
    : { incidents: [], activity: {} };
  archive?.dispose();
  if (format === 'line') return { incidents, activity, now };
  return { incidents, activity: { ...activity, inFlight: await loadInFlight(now) }, now };
}

function jsonReport(account: AccountView, known: StartSurroundings): object {
  const { endpoint } = account.account;
  const { total = 0, byAgent = [] } = known.activity.inFlight ?? {};
  const origin = 'problem' in endpoint ? '' : endpoint.origin;
  const report = checkReport(account.view, {
    origin,
    now: known.now,
    advice: startAdvice(account, known),
  });
  return { ...report, inFlight: { total, byAgent } };
}

/** The reader of logs is loaded only by formats that need it. */
const loadInFlight = async (now: number): Promise<InFlightCount> =>
  (await import('./inFlight.ts')).inFlightNow(now);
