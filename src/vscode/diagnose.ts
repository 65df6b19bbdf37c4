import { commands, env, ProgressLocation, window, workspace } from 'vscode';
import { accountName, type AccountId, type Endpoint } from '../core/accounts/endpoint.ts';
import { inBackground } from '../core/base/background.ts';
import { keyMistake, parseKeyText } from '../core/accounts/key.ts';
import type { ChecklistFacts } from '../core/diagnosis/checklistFacts.ts';
import { changeChecklist } from '../core/diagnosis/checklistState.ts';
import { curlCommand, directQuestion, directRequest } from '../core/diagnosis/directRequest.ts';
import { saveDirectResult } from '../core/diagnosis/directResults.ts';
import { MOST_KEY_FILE_BYTES, placeInFile, programsWith } from '../core/diagnosis/heldKeys.ts';
import { type OldKey, oldKeyWords, resultOfOldKey } from '../core/diagnosis/oldKey.ts';
import { directText } from '../core/diagnosis/directWords.ts';
import { loadChecklistFacts } from '../core/diagnosis/loadFacts.ts';
import { type PlannedTest, planTest, resultOfTest } from '../core/diagnosis/runDirectTest.ts';
import type { Incident } from '../core/incidents/incident.ts';
import { accountOfIncident } from '../core/incidents/accountOfIncident.ts';
import { commandIds } from '../core/commands.ts';
import type { CommandContext } from './commandContext.ts';

/** What the probes of an incident's checklist use. */
export function checklistFacts(
  { accounts, agents, archive, clock, settings }: CommandContext,
  incident: Incident,
): Promise<ChecklistFacts> {
  const now = clock.now();
  const [views, { activity }, { region }] = [accounts.current.views(now), agents, settings()];
  return loadChecklistFacts(archive, incident, { now, accounts: views, activity, region });
}

/**
 * "Test This Account Directly": sends one request after a question, compares the answer with the
 * incident (default: the newest), shows the result and stores it for the checklist and the ticket.
 */
export async function testAccount(context: CommandContext, incidentId: unknown): Promise<void> {
  const { locale, vault } = context;
  const { t } = locale;
  const incident = await incidentOf(context, incidentId);
  const planned = await plan(context, incident);
  if (!planned) return;
  const { endpoint, model } = planned;
  const held = await vault.read(endpoint.origin);
  if (held.kind !== 'key') return offerKey(context);
  if (isOfOtherProduct(held.key, endpoint)) {
    await window.showErrorMessage(t('The key is for the other product; nothing was sent.'));
    return;
  }
  const [question, detail] = directQuestion(endpoint, model, t);
  const [send, copy] = [t('Send'), t('Copy as curl')];
  const choice = await window.showInformationMessage(question, { modal: true, detail }, send, copy);
  if (choice === copy) await copyCurl(context, planned);
  if (choice === send) await sendTest(context, planned, held.key);
}

const isOfOtherProduct = (key: string, endpoint: Endpoint): boolean =>
  ['platformKeyForKimiCode', 'kimiCodeKeyForPlatform'].includes(keyMistake(key, endpoint) ?? '');

async function incidentOf({ archive }: CommandContext, id: unknown) {
  const incidents = await archive.readIncidents({ limit: 200 });
  return typeof id === 'string' ? incidents.find(one => one.id === id) : incidents.at(-1);
}

/** The account of the incident, or the one that the user chooses. */
async function plan(
  { accounts, clock, locale: { t } }: CommandContext,
  incident: Incident | undefined,
): Promise<PlannedTest | undefined> {
  const views = accounts.current.views(clock.now());
  const named = incident && accountOfIncident(incident, views)?.account;
  const usable = accounts.current.usable();
  const withKey = usable.filter(({ id }) => views.some(({ account }) => account.id === id));
  const candidates = withKey.length > 0 ? withKey : usable;
  const known = candidates.find(({ id }) => id === named?.id);
  const chosen = known ?? (candidates.length === 1 ? candidates[0] : await choose(candidates, t));
  return chosen && planTest(chosen.id, chosen.endpoint, incident);
}

async function choose(
  candidates: readonly { readonly id: AccountId; readonly endpoint: Endpoint }[],
  t: CommandContext['locale']['t'],
) {
  const rows = candidates.map(one => ({
    label: accountName(one.id, t),
    description: one.endpoint.origin,
    one,
  }));
  const options = { title: t('Test This Account Directly') };
  return (await window.showQuickPick(rows, options))?.one;
}

async function offerKey({ locale: { t } }: CommandContext): Promise<void> {
  const set = t('Set API Key');
  const choice = await window.showInformationMessage(t('This account has no key here.'), set);
  if (choice === set) await commands.executeCommand(commandIds.setApiKey);
}

async function copyCurl({ locale: { t } }: CommandContext, { endpoint, model }: PlannedTest) {
  await env.clipboard.writeText(curlCommand(directRequest(endpoint, model)));
  window.setStatusBarMessage(t('The command is copied. Set KIMI_API_KEY before you run it.'), 8000);
}

async function sendTest(
  { archive, clock, createProbe, locale, log }: CommandContext,
  planned: PlannedTest,
  key: string,
): Promise<void> {
  const { t } = locale;
  const { endpoint, model, incident } = planned;
  const probe = await createProbe(endpoint);
  const answer = await window.withProgress(
    { location: ProgressLocation.Notification, title: t('Testing {0}…', endpoint.origin) },
    () => probe.chat(key, model),
  );
  const result = resultOfTest(planned, answer, clock.now());
  await saveDirectResult(archive, incident?.id ?? '', result);
  const { title, outcome, next } = directText(result, clock.now(), locale);
  const words = t('{0}: {1} {2}', title, outcome, next);
  inBackground(window.showInformationMessage(words), log);
}

/** Finds the programs on this machine, and the files that the user names, that contain the key. */
export async function findPrograms(context: CommandContext, incidentId: string): Promise<void> {
  const { archive, clock, locale, vault } = context;
  const { t } = locale;
  const planned = await plan(context, await incidentOf(context, incidentId));
  const held = planned && (await vault.read(planned.endpoint.origin));
  if (held?.kind !== 'key') return offerKey(context);
  const places = await placesOf(held.key, context);
  const save = (all: readonly string[]) =>
    changeChecklist(archive, incidentId, { at: clock.now(), places: all });
  await save(places);
  const more = t('Search Other Files…');
  const found =
    places.length === 0
      ? t('No program here contains it.')
      : t('Found in: {0}.', places.join(t(', ')));
  if ((await window.showInformationMessage(found, more)) !== more) return;
  await save([...places, ...(await filesWith(held.key, t('Search')))]);
}

/** The places of Import Key that contain a key. The keys are compared here and not stored. */
async function placesOf(key: string, { finder, locale: { t } }: CommandContext): Promise<string[]> {
  const { keys } = await finder.find();
  return programsWith(keys, [key], t);
}

/** The files that the user chose, such as `.env`, that contain a key: by their names. */
async function filesWith(key: string, openLabel: string): Promise<string[]> {
  const uris = (await window.showOpenDialog({ canSelectMany: true, openLabel })) ?? [];
  const names = uris.map(async uri => {
    const bytes = Buffer.from(await workspace.fs.readFile(uri));
    return placeInFile(uri.path, bytes.toString('latin1', 0, MOST_KEY_FILE_BYTES), [key]);
  });
  return (await Promise.all(names)).flat();
}

/**
 * Asks for the old key, sends one request with it that uses no tokens, and looks for it on this
 * machine. The key is not stored.
 */
export async function testOldKey(context: CommandContext, incidentId: string): Promise<void> {
  const { archive, clock, createClient, locale, log } = context;
  const { t } = locale;
  const planned = await plan(context, await incidentOf(context, incidentId));
  if (!planned) return;
  const { endpoint } = planned;
  const text = await window.showInputBox({
    title: t('Test Old Key'),
    prompt: t(
      'It is sent once to {0} to see whether it is refused, and not stored.',
      endpoint.origin,
    ),
    password: true,
    ignoreFocusOut: true,
  });
  const typed = parseKeyText(text ?? '');
  if (typed.kind !== 'key') return;
  const result = resultOfOldKey(await createClient(endpoint).readQuota(typed.key));
  const oldKey: OldKey = { result, places: await placesOf(typed.key, context) };
  await changeChecklist(archive, incidentId, { at: clock.now(), oldKey });
  inBackground(window.showInformationMessage(oldKeyWords(oldKey, t)), log);
}
