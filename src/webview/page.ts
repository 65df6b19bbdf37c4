import type { PageMessage, PanelLabel } from '../core/panel/panelMessages.ts';
import type { EmptyState, HistorySpan, PanelLink } from '../core/panel/panelState.ts';
import { h } from './dom.ts';

/** What the page itself remembers across a reload of the window. */
export interface PageMemory {
  readonly span: HistorySpan;
  readonly isTable: boolean;
  readonly openId?: string;
  readonly agent: string;
  readonly cause: string;
  readonly isOpenOnly: boolean;
  /** All incidents are shown, not only the newest. */
  readonly isWhole: boolean;
}

/** What each part of the page can use. */
export interface Page {
  readonly memory: PageMemory;
  label(name: PanelLabel, ...args: readonly string[]): string;
  send(message: PageMessage): void;
  /** Remembers and draws anew. */
  remember(change: Partial<PageMemory>): void;
  openIncident(id: string | undefined): void;
}

/** A link to a page of Kimi: the editor compares the address with its own list and opens it. */
export function pageLink(page: Page, { label, url }: PanelLink): HTMLElement {
  return h(
    'a',
    {
      key: `link ${url}`,
      attributes: { href: url },
      on: {
        click: event => {
          event.preventDefault();
          page.send({ kind: 'openLink', url });
        },
      },
    },
    label,
  );
}

/** What to say where there is nothing yet, with the buttons that help. */
export function emptyState(page: Page, { text, actions }: EmptyState): HTMLElement {
  return h(
    'div',
    { class: 'empty' },
    h('p', {}, text),
    actions.length > 0 &&
      h(
        'p',
        { class: 'buttons' },
        ...actions.map(({ command, label }) =>
          button(label, `command ${command}`, () => page.send({ kind: 'command', command })),
        ),
      ),
  );
}

/** A button in the look of the editor. */
export function button(text: string, key: string, press: () => void, className = ''): HTMLElement {
  return h(
    'button',
    { key, class: className, attributes: { type: 'button' }, on: { click: press } },
    text,
  );
}
