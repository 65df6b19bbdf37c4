import { productOfKey } from '../core/accounts/endpoint.ts';
import { parseKeyText } from '../core/accounts/key.ts';
import type { Locale } from '../core/base/ports.ts';
import { DAY_MS } from '../core/base/time.ts';
import { EMPTY_CHECKLIST } from '../core/diagnosis/checklistState.ts';
import { supportTicket } from '../core/ticket/supportTicket.ts';
import type { KeyKind } from '../core/ticket/ticketFacts.ts';
import { openStore } from './machine.ts';
import { machineFacts, machineIncidents, snapshotsSince } from './machineIncidents.ts';
import { printText, printWarning } from './output.ts';
import { recentIncidents } from './recentIncidents.ts';

declare const __VERSION__: string;

/** A call of `kimi-quota ticket`. */
export interface TicketCall {
  /** The id of an incident, or its beginning. Default: the newest that may be Kimi's. */
  readonly id: string | undefined;
  readonly home: string | undefined;
  readonly locale: Locale;
}

/**
 * Prints the support ticket of an incident of the last 7 days, with the direct test, the ticked steps
 * and the quota around it where they are stored. Resolves to the exit code.
 */
export async function ticket({ id, home, locale }: TicketCall): Promise<number> {
  const { t } = locale;
  const now = Date.now();
  // Another home has another archive.
  const archive = home === undefined ? openStore('read') : undefined;
  const incidents = archive
    ? await machineIncidents(archive, now)
    : await recentIncidents({ files: [], ...(home === undefined ? {} : { home }) });
  const incident = incidents.findLast(
    one => (id === undefined || one.id.startsWith(id)) && one.provider !== 'other',
  );
  if (!incident) {
    printWarning(t('No failed request of Kimi was found in the last 7 days.'));
    return 1;
  }
  const checklist = archive
    ? await machineFacts(archive, incident, now)
    : { incident, state: EMPTY_CHECKLIST, now };
  const snapshots = archive ? await snapshotsSince(archive, incident.from - DAY_MS) : [];
  archive?.dispose();
  const keyKind = keyKindOf(process.env['KIMI_API_KEY'] ?? '');
  const input = { incident, incidents, snapshots, checklist, ...(keyKind ? { keyKind } : {}) };
  printText(supportTicket(input, { locale, version: __VERSION__ }));
  return 0;
}

/** Only the kind: nothing else of the key is used. */
function keyKindOf(text: string): KeyKind | undefined {
  const typed = parseKeyText(text);
  const product = typed.kind === 'key' ? productOfKey(typed.key) : undefined;
  return product && (product === 'kimiCode' ? 'kimi-code' : 'open-platform');
}
