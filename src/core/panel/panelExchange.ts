import { isKimiPage } from '../accounts/links.ts';
import { inBackground } from '../base/background.ts';
import { type Disposable, MutableDisposable } from '../base/event.ts';
import type { Clock, Log } from '../base/ports.ts';
import type { PanelChoice, PanelSource } from './panelSource.ts';
import {
  type EditorMessage,
  type LedgerMessage,
  type LedgerRequest,
  PageMessage,
  type PanelChange,
} from './panelMessages.ts';
import type { PanelState } from './panelState.ts';
import type { ExplainedWords } from '../errors/wordsOfText.ts';

/** At most four messages per second. */
const LEAST_GAP_MS = 250;
/** Ages are in minutes, so twice per minute is enough. */
const REDRAW_MS = 30_000;

/** What is open in the dashboard: an incident by its id, or an error text. */
export type PanelTarget = string | ExplainedWords;

/** Opens the dashboard at the section "Where it went". */
export const LEDGER_TARGET = 'ledger';

/** Requests of the page that the editor carries out. A URL is always one of Kimi's pages. */
export type PanelRequest = Exclude<
  PageMessage,
  { readonly kind: 'ready' | 'ledger' | 'span' | 'account' | 'openIncident' }
>;

/** Ticks and checks of an incident. */
export type DiagnosisRequest = Extract<PanelRequest, { readonly kind: 'tick' | 'diagnose' }>;

/** Dependencies of `PanelExchange`. */
export interface PanelExchangeOptions {
  readonly source: Pick<PanelSource, 'read' | 'readDetail'>;
  readonly clock: Pick<Clock, 'monotonicMs' | 'after'>;
  readonly log: Pick<Log, 'error'>;
  readonly labels: Extract<EditorMessage, { kind: 'state' }>['labels'];
  /** Absent for the overview. */
  readonly target?: PanelTarget | undefined;
  /** Whether the page is visible. VS Code destroys a hidden page. */
  readonly isVisible: () => boolean;
  readonly post: (message: EditorMessage) => void;
  /** Reads where a window went. Default: the page has no such section. */
  readonly ledger?: {
    readonly read: PanelSource['readLedger'];
    readonly post: (message: LedgerMessage) => void;
  };
  /** Carries out a request of the page. Only validated messages (`PageMessage`) get here. */
  readonly act: (request: PanelRequest) => void;
}

/**
 * The message exchange with the page: the whole state once when the page is ready, then the
 * changes, at most four times per second and only while it is visible; and the requests of the
 * page. Never throws.
 */
export class PanelExchange implements Disposable {
  readonly #options: PanelExchangeOptions;
  readonly #timer = new MutableDisposable();
  #choice: PanelChoice;
  #ledgerRequest: LedgerRequest | undefined;
  #isLedgerAsked: boolean;
  #isReady = false;
  #isReading = false;
  #isStale = false;
  #sent: PanelState | undefined;
  #sentMs = -Infinity;

  constructor(options: PanelExchangeOptions) {
    this.#options = options;
    this.#isLedgerAsked = options.target === LEDGER_TARGET;
    this.#choice = {
      span: '24h',
      ...targetPart(this.#isLedgerAsked ? undefined : options.target),
    };
  }

  /** Opens a target in the page; undefined for the overview. */
  open(target: PanelTarget | undefined): void {
    this.#choose(target);
    this.#openDetail();
  }

  /** Call when anything on the page may have changed. */
  updateSoon(): void {
    const { clock, isVisible, log } = this.#options;
    if (!this.#isReady || !isVisible()) return;
    const waitMs = Math.max(0, LEAST_GAP_MS - (clock.monotonicMs() - this.#sentMs));
    this.#timer.value = clock.after(waitMs, () => inBackground(this.#update(), log));
  }

  /** Call when the page became visible: it may have been ready before that. */
  show(): void {
    this.updateSoon();
  }

  /** A hidden page is created again when it becomes visible, and then sends `ready`. */
  hide(): void {
    this.#isReady = false;
    this.#sent = undefined;
    this.#timer.value = undefined;
  }

  /** Handles a message of the page. The page isn't trusted: invalid messages are dropped. */
  take(data: unknown): void {
    const { data: message } = PageMessage.safeParse(data);
    if (!message) return;
    switch (message.kind) {
      case 'ready':
        this.#isReady = true;
        this.#sent = undefined;
        this.#choice = { ...this.#choice, span: message.span, ...accountPart(message.account) };
        return this.updateSoon();
      case 'span':
        this.#choice = { ...this.#choice, span: message.span };
        return this.updateSoon();
      case 'account':
        this.#choice = { ...this.#choice, account: message.id };
        return this.updateSoon();
      case 'openIncident':
        return this.open(message.id);
      case 'ledger':
        this.#ledgerRequest = message;
        return inBackground(this.#sendLedger(), this.#options.log);
      case 'copy':
        if (hasCode(this.#sent, message.text)) this.#options.act(message);
        return;
      case 'openLink':
        if (isKimiPage(message.url)) this.#options.act(message);
        return;
      default:
        return this.#options.act(message);
    }
  }

  dispose(): void {
    this.hide();
    this.#timer.dispose();
  }

  async #update(): Promise<void> {
    const { clock, log, source } = this.#options;
    if (this.#isReading) {
      this.#isStale = true;
      return;
    }
    this.#isReading = true;
    this.#isStale = false;
    this.#timer.value = clock.after(REDRAW_MS, () => this.updateSoon());
    const choice = this.#choice;
    try {
      this.#send(await source.read(choice), choice);
    } catch {
      log.error('The panel could not be drawn.');
    }
    this.#isReading = false;
    this.#sentMs = clock.monotonicMs();
    // The state was read before the latest change or request.
    if (this.#isStale) this.updateSoon();
  }

  #send(read: PanelState, { target }: PanelChoice): void {
    if (!this.#isReady) return;
    const { labels, post } = this.#options;
    const before = this.#sent;
    // Another incident was opened and sent during the read.
    const isOutdated = before !== undefined && target !== this.#choice.target;
    const state = isOutdated ? withDetail(read, before.detail) : read;
    const change = before && changeOf(before, state);
    this.#sent = state;
    if (!before) post({ kind: 'state', state, labels });
    else if (change) post({ kind: 'change', change });
  }

  async #sendLedger(): Promise<void> {
    const { ledger } = this.#options;
    const request = this.#ledgerRequest;
    if (!ledger || !request || !this.#sent) return;
    const section = await ledger.read(request, this.#choice.account);
    // A later request sends its own answer, and the page may be hidden by now.
    if (request !== this.#ledgerRequest || !this.#sent) return;
    ledger.post({ kind: 'ledger', section, isAsked: this.#isLedgerAsked });
    this.#isLedgerAsked = false;
  }

  #choose(target: PanelTarget | undefined): void {
    if (target === LEDGER_TARGET) {
      this.#isLedgerAsked = true;
      inBackground(this.#sendLedger(), this.#options.log);
      return this.#choose(undefined);
    }
    const { target: _closed, ...rest } = this.#choice;
    this.#choice = { ...rest, ...targetPart(target) };
  }

  /** Opening or closing an incident reads and sends nothing else. */
  #openDetail(): void {
    const { isVisible, log } = this.#options;
    if (this.#sent && isVisible()) inBackground(this.#sendDetail(this.#choice), log);
    else this.updateSoon();
  }

  async #sendDetail(choice: PanelChoice): Promise<void> {
    const detail = await this.#options.source.readDetail(choice.target);
    // A later choice sends its own details.
    if (choice !== this.#choice || !this.#sent) return;
    this.#sent = withDetail(this.#sent, detail);
    this.#options.post({ kind: 'change', change: { detail: detail ?? null } });
  }
}

function withDetail({ detail: _other, ...rest }: PanelState, detail: PanelState['detail']) {
  return { ...rest, ...(detail ? { detail } : {}) };
}

const targetPart = (target: PanelTarget | undefined): Pick<PanelChoice, 'target'> =>
  target === undefined ? {} : { target };

const accountPart = (account: string | undefined): Pick<PanelChoice, 'account'> =>
  account === undefined ? {} : { account };

/** The page isn't trusted: only a text that it was sent is copied. */
function hasCode(sent: PanelState | undefined, text: string): boolean {
  const codes = [
    sent?.present.banner?.fix?.code,
    ...(sent?.detail?.steps ?? []).map(it => it.code),
  ];
  return codes.includes(text);
}

/** The complete sections that differ; undefined if none does. */
function changeOf(before: PanelState, after: PanelState): PanelChange | undefined {
  const isSame = (name: keyof PanelState): boolean =>
    JSON.stringify(before[name]) === JSON.stringify(after[name]);
  const { present, history, failures, incidents, detail } = after;
  const change: PanelChange = {
    ...(isSame('present') ? {} : { present }),
    ...(isSame('history') ? {} : { history }),
    ...(isSame('failures') ? {} : { failures }),
    ...(isSame('incidents') ? {} : { incidents }),
    ...(isSame('detail') ? {} : { detail: detail ?? null }),
  };
  return Object.keys(change).length > 0 ? change : undefined;
}
