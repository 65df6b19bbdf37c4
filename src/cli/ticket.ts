import { productOfKey } from '../core/accounts/endpoint.ts';
import { parseKeyText } from '../core/accounts/key.ts';
import type { Locale } from '../core/base/ports.ts';
import { EMPTY_CHECKLIST } from '../core/diagnosis/checklistState.ts';
import { supportTicket } from '../core/ticket/supportTicket.ts';
import type { KeyKind } from '../core/ticket/ticketFacts.ts';
import { printText, printWarning } from './output.ts';
import { recentIncidents } from './recentIncidents.ts';

declare const __VERSION__: string;

/** A call of `kimi-quota ticket`. */
export interface TicketCall {
  /** The id of an incident as `scan --json` prints it. Default: the newest that may be Kimi's. */
  readonly id: string | undefined;
  readonly home: string | undefined;
  readonly locale: Locale;
}

/** Prints the support ticket of an incident of the last 24 hours. Resolves to the exit code. */
export async function ticket({ id, home, locale }: TicketCall): Promise<number> {
  const { t } = locale;
  const places = { files: [], ...(home === undefined ? {} : { home }) };
  const incidents = await recentIncidents(places);
  const incident = incidents.findLast(
    one => (id === undefined || one.id === id) && one.provider !== 'other',
  );
  if (!incident) {
    printWarning(t('No failed request of Kimi was found in the last 24 hours.'));
    return 1;
  }
  const checklist = { incident, state: EMPTY_CHECKLIST, now: Date.now() };
  const keyKind = keyKindOf(process.env['KIMI_API_KEY'] ?? '');
  const input = { incident, incidents, snapshots: [], checklist, ...(keyKind ? { keyKind } : {}) };
  printText(supportTicket(input, { locale, version: __VERSION__ }));
  return 0;
}

/** Only the kind: nothing else of the key is used. */
function keyKindOf(text: string): KeyKind | undefined {
  const typed = parseKeyText(text);
  const product = typed.kind === 'key' ? productOfKey(typed.key) : undefined;
  return product && (product === 'kimiCode' ? 'kimi-code' : 'open-platform');
}
