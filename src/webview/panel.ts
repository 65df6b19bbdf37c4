import type {
  EditorMessage,
  PanelLabels,
  PanelSection,
  PanelState,
} from '../core/panel/panelState.ts';
import { Countdown } from './countdown.ts';
import { h, type Page, type PageMemory, readMemory, redraw } from './dom.ts';
import { HistoryView } from './history.ts';
import { incidentDetail } from './incidentDetail.ts';
import { incidentList } from './incidentList.ts';
import { presentView } from './presentView.ts';

interface EditorApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}
declare function acquireVsCodeApi(): EditorApi;

const SECTIONS = ['present', 'history', 'incidents'] as const;

/** The page: draws the sections that the editor sends, and reports what the user presses. */
class PanelPage implements Page {
  readonly #api = acquireVsCodeApi();
  readonly #notice = h('p', { class: 'notice', attributes: { role: 'note' } });
  readonly #places = {
    present: h('div'),
    history: h('div'),
    incidents: h('div'),
    detail: h('main', { class: 'detail' }),
  };
  readonly #overview = h('main');
  readonly #live = h('p', { class: 'spoken', attributes: { role: 'status' } });
  readonly #countdown = new Countdown(this, this.#live);
  readonly #history = new HistoryView(this, this.#places.history);
  #labels: Partial<PanelLabels> = {};
  #state: PanelState | undefined;
  memory: PageMemory = readMemory(this.#api.getState());

  start(): void {
    // The message has the page's version: both come from the same extension.
    window.addEventListener('message', ({ data }: MessageEvent<EditorMessage>) => this.#take(data));
    const { span, openId: id } = this.memory;
    this.send({ kind: 'ready', span, ...(id === undefined ? {} : { id }) });
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
    else this.#draw(['incidents']);
  }

  openIncident(id: string | undefined): void {
    this.send(id === undefined ? { kind: 'openIncident' } : { kind: 'openIncident', id });
  }

  #take(message: EditorMessage): void {
    if (message.kind === 'state') {
      this.#labels = message.labels;
      this.#state = message.state;
      this.#build();
      return this.#draw([...SECTIONS, 'detail']);
    }
    if (!this.#state) return;
    const { detail, ...change } = message.change;
    const { detail: shown, ...rest } = this.#state;
    const open = detail === undefined ? shown : detail;
    this.#state = { ...rest, ...change, ...(open ? { detail: open } : {}) };
    this.#draw(Object.keys(message.change) as PanelSection[]);
  }

  /** Creates the frame once; its parts are drawn into it. */
  #build(): void {
    this.#overview.replaceChildren(
      h('h1', {}, 'Kimi Quota'),
      ...SECTIONS.map(name =>
        h(
          'section',
          { class: name, attributes: { 'aria-labelledby': `title-${name}` } },
          h('h2', { attributes: { id: `title-${name}` } }, this.label(name)),
          this.#places[name],
        ),
      ),
    );
    document.body.replaceChildren(this.#notice, this.#overview, this.#places.detail, this.#live);
  }

  #draw(sections: readonly PanelSection[]): void {
    const state = this.#state;
    if (!state) return;
    this.#notice.textContent = state.notice ?? '';
    this.#notice.hidden = state.notice === undefined;
    // The chart needs its width when it is drawn, and hidden elements have none.
    const isClosing = this.#overview.hidden && state.detail === undefined;
    if (sections.includes('detail')) this.#showDetail(state);
    if (sections.includes('present'))
      redraw(this.#places.present, ...presentView(this, state.present));
    if (sections.includes('history') || isClosing) this.#history.draw(state.history);
    if (sections.includes('incidents'))
      redraw(this.#places.incidents, ...incidentList(this, state.incidents));
    this.#countdown.update();
  }

  #showDetail({ detail }: PanelState): void {
    const place = this.#places.detail;
    const openedBefore = this.memory.openId;
    const wasOpen = !place.hidden && place.childElementCount > 0;
    redraw(place, ...(detail ? incidentDetail(this, detail) : []));
    place.hidden = detail === undefined;
    this.#overview.hidden = detail !== undefined;
    this.#setOpenId(detail?.id);
    if (detail && (!wasOpen || openedBefore !== detail.id)) {
      window.scrollTo(0, 0);
      place.querySelector<HTMLElement>('h1')?.focus();
    } else if (!detail && wasOpen && openedBefore !== undefined) {
      this.#overview
        .querySelector<HTMLElement>(`[data-key="incident ${CSS.escape(openedBefore)}"]`)
        ?.focus();
    }
  }

  #setOpenId(openId: string | undefined): void {
    const { openId: _old, ...rest } = this.memory;
    this.memory = openId === undefined ? rest : { ...rest, openId };
    this.#api.setState(this.memory);
  }
}

new PanelPage().start();
