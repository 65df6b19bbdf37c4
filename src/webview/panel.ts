import type { PanelLabels } from '../core/panel/panelLabels.ts';
import type { EditorMessage, LedgerMessage } from '../core/panel/panelMessages.ts';
import type { PanelSection, PanelState } from '../core/panel/panelState.ts';
import { Countdown } from './countdown.ts';
import { button, h, type Page, redraw } from './dom.ts';
import { failuresView } from './failures.ts';
import { HistoryView } from './history.ts';
import { incidentDetail } from './incidentDetail.ts';
import { incidentList } from './incidentList.ts';
import { LedgerView } from './ledger.ts';
import { type PageMemory, readMemory } from './memory.ts';
import { limitsView, presentView, teamView } from './presentView.ts';

interface EditorApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}
declare function acquireVsCodeApi(): EditorApi;

/** A first state takes less. */
const READY_AGAIN_MS = 2000;

const SECTIONS = ['history', 'failures', 'incidents'] as const;

/** The page: draws the sections that the editor sends, and reports what the user presses. */
class PanelPage implements Page {
  readonly #api = acquireVsCodeApi();
  readonly isView = document.body.dataset['place'] === 'view';
  readonly #notice = h('p', { class: 'notice', attributes: { role: 'note' } });
  readonly #places = {
    present: h('div'),
    history: h('div'),
    failures: h('div'),
    incidents: h('div'),
    limits: h('div'),
    team: h('div'),
    detail: h('main', { class: 'detail' }),
  };
  readonly #overview = h('main', { class: 'overview' });
  readonly #live = h('p', { class: 'spoken', attributes: { role: 'status' } });
  readonly #countdown = new Countdown(this, this.#live);
  readonly #history = new HistoryView(this, this.#places.history);
  readonly #ledger = new LedgerView(request => this.send(request));
  #labels: Partial<PanelLabels> = {};
  #state: PanelState | undefined;
  #openId: string | undefined;
  memory: PageMemory = readMemory(this.#api.getState());

  start(): void {
    // The message has the page's version: both come from the same extension.
    window.addEventListener('message', ({ data }: MessageEvent<EditorMessage | LedgerMessage>) =>
      this.#take(data),
    );
    this.#sayReady();
  }

  /** Until there is something to draw: a message may be lost while VS Code shows or hides the page. */
  #sayReady(): void {
    if (this.#state) return;
    const { span, account } = this.memory;
    this.send({ kind: 'ready', span, ...(account === '' ? {} : { account }) });
    window.setTimeout(() => this.#sayReady(), READY_AGAIN_MS);
  }

  label(name: keyof PanelLabels, ...args: readonly string[]): string {
    return (this.#labels[name] ?? '').replace(
      /\{(\d)\}/g,
      (_, index: string) => args[+index] ?? '',
    );
  }

  send(message: Parameters<Page['send']>[0]): void {
    this.#api.postMessage(message);
  }

  remember(change: Partial<PageMemory>): void {
    this.memory = { ...this.memory, ...change };
    this.#api.setState(this.memory);
    if ('isTable' in change) this.#draw(['history']);
    else this.#draw(['failures', 'incidents']);
  }

  openIncident(id: string | undefined): void {
    this.send(id === undefined ? { kind: 'openIncident' } : { kind: 'openIncident', id });
  }

  copy(text: string): void {
    this.send({ kind: 'copy', text });
    this.#live.textContent = this.label('copied');
    const pressed = document.activeElement;
    if (!(pressed instanceof HTMLButtonElement)) return;
    pressed.textContent = this.label('copied');
    window.setTimeout(() => (pressed.textContent = this.label('copy')), 1500);
  }

  showUseBefore(id: string): void {
    this.openIncident(undefined);
    this.#ledger.showBefore(id);
  }

  #take(message: EditorMessage | LedgerMessage): void {
    if (message.kind === 'state') {
      this.#labels = message.labels;
      this.#state = message.state;
      this.#build();
      if (!this.isView) this.#ledger.ask();
      return this.#draw(['present', ...SECTIONS, 'detail']);
    }
    if (message.kind === 'ledger') return this.#ledger.draw(message.section, message.isAsked);
    if (!this.#state) return;
    if (message.change.present && !this.isView) this.#ledger.askAgain();
    const { detail, ...change } = message.change;
    const { detail: shown, ...rest } = this.#state;
    const open = detail === undefined ? shown : detail;
    this.#state = { ...rest, ...change, ...(open ? { detail: open } : {}) };
    this.#draw(Object.keys(message.change) as PanelSection[]);
  }

  /** Creates the frame once; its parts are drawn into it. The narrow view has fewer. */
  #build(): void {
    const { present, history, failures, incidents, limits, team, detail } = this.#places;
    this.#overview.replaceChildren(
      present,
      ...(this.isView
        ? [this.#section('incidents', 'recent', incidents), this.#openDashboard()]
        : [
            h(
              'div',
              { class: 'columns' },
              this.#section('history', 'history', history),
              this.#section('failures', 'failures', failures),
            ),
            team,
            this.#ledger.element,
            this.#section('incidents', 'incidents', incidents),
            limits,
          ]),
    );
    document.body.replaceChildren(this.#notice, this.#overview, detail, this.#live);
  }

  #section(name: PanelSection, label: keyof PanelLabels, place: HTMLElement): HTMLElement {
    return h(
      'section',
      { class: `panel ${name}`, attributes: { 'aria-labelledby': `title-${name}` } },
      h(
        'h2',
        { attributes: { id: `title-${name}` } },
        this.label(label),
        name === 'failures' && ' ',
        name === 'failures' && h('small', {}, this.label('failuresSpan')),
      ),
      place,
    );
  }

  #openDashboard(): HTMLElement {
    const open = () => this.send({ kind: 'command', command: 'openPanel' });
    return h(
      'p',
      { class: 'buttons' },
      button(this.label('openDashboard'), 'openDashboard', open, 'plain'),
    );
  }

  #draw(sections: readonly PanelSection[]): void {
    const state = this.#state;
    if (!state) return;
    this.#notice.textContent = state.notice ?? '';
    this.#notice.hidden = state.notice === undefined;
    const { present, failures, incidents, limits, team } = this.#places;
    // The chart needs its width when it is drawn, and hidden elements have none.
    const isClosing = this.#overview.hidden && state.detail === undefined;
    if (sections.includes('detail')) this.#showDetail(state);
    if (sections.includes('present')) {
      redraw(present, ...presentView(this, state.present));
      if (!this.isView) {
        redraw(limits, ...limitsView(this, state.present));
        redraw(team, ...teamView(state.present));
      }
    }
    if (!this.isView && (sections.includes('history') || isClosing))
      this.#history.draw(state.history);
    if (!this.isView && sections.includes('failures')) {
      redraw(failures, ...failuresView(this, state.failures));
      failures.parentElement?.toggleAttribute('hidden', state.failures.rows.length === 0);
    }
    if (sections.includes('incidents')) redraw(incidents, ...incidentList(this, state.incidents));
    this.#countdown.update();
  }

  #showDetail({ detail }: PanelState): void {
    const place = this.#places.detail;
    const before = this.#openId;
    redraw(place, ...(detail ? incidentDetail(this, detail) : []));
    place.hidden = detail === undefined;
    this.#overview.hidden = detail !== undefined;
    this.#openId = detail?.id;
    if (detail && before !== detail.id) {
      window.scrollTo(0, 0);
      place.querySelector<HTMLElement>('h1')?.focus();
    } else if (!detail && before !== undefined) {
      this.#overview
        .querySelector<HTMLElement>(`[data-key="incident ${CSS.escape(before)}"]`)
        ?.focus();
    }
    this.#ledger.showIfAsked();
  }
}

new PanelPage().start();
