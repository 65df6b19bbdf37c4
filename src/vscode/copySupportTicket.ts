import { env, Uri, window, workspace, type TextDocument } from 'vscode';
import { productOfKey, sourceOf } from '../core/accounts/endpoint.ts';
import type { Incident } from '../core/incidents/incident.ts';
import { pageUrl, siteOf } from '../core/accounts/links.ts';
import { accountOfIncident } from '../core/incidents/accountOfIncident.ts';
import type { Snapshot } from '../core/quota/snapshot.ts';
import { supportTicket } from '../core/ticket/supportTicket.ts';
import type { KeyKind } from '../core/ticket/ticketFacts.ts';
import type { CommandContext } from './commandContext.ts';
import { checklistFacts } from './diagnose.ts';
import { DAY_MS } from '../core/base/time.ts';

declare const __VERSION__: string;

/**
 * Shows the ticket of an incident (default: the newest that may be Kimi's) and copies it after
 * confirmation. The copied text is the shown text, including the user's edits.
 */
export async function copySupportTicket(context: CommandContext, id: unknown): Promise<void> {
  const { archive, locale } = context;
  const { t } = locale;
  const incidents = await archive.readIncidents();
  const incident = incidents.findLast(
    one => (id === undefined || one.id === id) && one.provider !== 'other',
  );
  if (!incident) {
    const isOther = incidents.some(one => one.id === id);
    await window.showInformationMessage(
      isOther
        ? t("This failure isn't from your Kimi account, so Kimi support can't help.")
        : t('No failed requests so far.'),
    );
    return;
  }
  const keyKind = await keyKindOf(incident, context);
  const snapshots = await snapshotsNear(incident, context);
  const checklist = await checklistFacts(context, incident);
  const key = keyKind ? { keyKind } : {};
  const input = { incident, incidents, snapshots, checklist, ...key };
  const content = supportTicket(input, { locale, version: __VERSION__ });
  const document = await workspace.openTextDocument({ language: 'plaintext', content });
  await window.showTextDocument(document);
  await offer(context, document, incident);
}

async function offer(
  { locale: { language, t }, settings }: CommandContext,
  document: TextDocument,
  { example }: Incident,
): Promise<void> {
  const content = document.getText();
  const [copy, open] = [t('Copy to Clipboard'), t("Open Kimi's Contact Page")];
  const forum = t('Open Kimi Forum');
  const choice = await window.showInformationMessage(
    t(
      'Review the ticket before you send it. It contains no key, path or prompt, but it may contain your organization ID: send it only to Kimi.',
    ),
    copy,
    open,
    forum,
  );
  if (choice === copy) {
    await env.clipboard.writeText(document.isClosed ? content : document.getText());
    window.setStatusBarMessage(t('The ticket is copied.'), 5000);
  }
  const site = siteOf(example.signal.evidence.host, settings().region);
  if (choice === open) await env.openExternal(Uri.parse(pageUrl('contact', site, language)));
  if (choice === forum) await env.openExternal(Uri.parse(pageUrl('forum', site)));
}

/** The kind of key that Kimi Quota has for the account; nothing else of the key is used. */
async function keyKindOf(
  incident: Incident,
  { accounts, clock, vault }: CommandContext,
): Promise<KeyKind | undefined> {
  const { current } = accounts;
  const account = accountOfIncident(incident, current.views(clock.now()))?.account;
  if (!account || 'problem' in account.endpoint) return undefined;
  const lookup = await vault.read(account.endpoint.origin);
  if (lookup.kind !== 'key') return undefined;
  if (lookup.isLinked) return 'sign-in';
  const product = productOfKey(lookup.key);
  return product && (product === 'kimiCode' ? 'kimi-code' : 'open-platform');
}

async function snapshotsNear(
  { from }: Incident,
  { accounts, archive }: CommandContext,
): Promise<readonly Snapshot[]> {
  const since = from - DAY_MS;
  const histories = await Promise.all(
    accounts.current
      .usable()
      .map(({ endpoint }) => archive.readHistory({ origin: sourceOf(endpoint), since })),
  );
  return histories.flat().sort((a, b) => a.at - b.at);
}
