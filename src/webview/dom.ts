import type {
  EmptyState,
  HistorySpan,
  PageMessage,
  PanelLabel,
  PanelLink,
} from '../core/panel/panelState.ts';

type Child = Node | string | undefined | false;

/** Attributes and listeners. There is no way to set HTML. */
interface Props {
  readonly class?: string;
  /** Identifies the element across redraws, so that it keeps the focus. */
  readonly key?: string;
  readonly on?: {
    readonly [Name in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[Name]) => void;
  };
  readonly attributes?: Readonly<Record<string, string | boolean | undefined>>;
}

/** Creates an element. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  props: Props = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  if (props.class !== undefined) element.className = props.class;
  if (props.key !== undefined) element.dataset['key'] = props.key;
  for (const [name, value] of Object.entries(props.attributes ?? {}))
    if (value !== undefined && value !== false)
      element.setAttribute(name, value === true ? '' : value);
  for (const [name, listener] of Object.entries(props.on ?? {}))
    element.addEventListener(name, listener as (event: Event) => void);
  element.append(...children.filter(child => child !== undefined && child !== false));
  return element;
}

/** A VS Code icon, hidden from screen readers because the text next to it says the same. */
export function icon(name: string): HTMLElement {
  return h('span', { class: `icon icon-${name}`, attributes: { 'aria-hidden': 'true' } });
}

/**
 * Replaces the content and restores the focus. An unchanged child is kept, including its selection:
 * its keys and texts must fully describe it.
 */
export function redraw(place: HTMLElement, ...children: readonly Child[]): void {
  const active = document.activeElement;
  const key =
    active instanceof HTMLElement && place.contains(active) ? active.dataset['key'] : undefined;
  const old = [...place.childNodes];
  const fresh = children.filter(child => child !== undefined && child !== false);
  for (const [index, child] of fresh.entries()) {
    const before = old[index];
    if (!before) place.append(child);
    else if (typeof child === 'string' || !before.isEqualNode(child)) before.replaceWith(child);
  }
  for (const left of old.slice(fresh.length)) left.remove();
  if (key === undefined || document.activeElement === active) return;
  for (const element of place.querySelectorAll<HTMLElement>('[data-key]'))
    if (element.dataset['key'] === key) return element.focus();
}

/** A list of texts, or nothing if it is empty. */
export function list(texts: readonly string[], className: string): HTMLElement | undefined {
  if (texts.length === 0) return undefined;
  return h('ul', { class: className }, ...texts.map(text => h('li', {}, text)));
}

/** A table with a caption for screen readers and a header row. */
export function table(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): HTMLElement {
  return h(
    'table',
    {},
    h('caption', { class: 'spoken' }, caption),
    h(
      'thead',
      {},
      h('tr', {}, ...head.map(text => h('th', { attributes: { scope: 'col' } }, text))),
    ),
    h(
      'tbody',
      {},
      ...rows.map(([first = '', ...rest]) =>
        h(
          'tr',
          {},
          h('th', { attributes: { scope: 'row' } }, first),
          ...rest.map(text => h('td', {}, text)),
        ),
      ),
    ),
  );
}

/** In the order of the buttons. */
export const HISTORY_SPANS = ['24h', '7d', '30d'] as const satisfies readonly HistorySpan[];

/** What the page remembers across a window reload. */
export interface PageMemory {
  readonly span: HistorySpan;
  readonly isTable: boolean;
  readonly openId?: string;
  readonly agent: string;
  readonly cause: string;
  readonly isOpenOnly: boolean;
  /** Whether all incidents are shown, not only the newest. */
  readonly isWhole: boolean;
}

const BEGINNING: PageMemory = {
  span: '24h',
  isTable: false,
  agent: '',
  cause: '',
  isOpenOnly: false,
  isWhole: false,
};

/** The stored memory, which another version may have written; otherwise the initial one. */
export function readMemory(stored: unknown): PageMemory {
  const given = (stored ?? {}) as Readonly<Record<string, unknown>>;
  const known = Object.entries(BEGINNING).map(([name, usual]) => [
    name,
    typeof given[name] === typeof usual ? given[name] : usual,
  ]);
  const memory = Object.fromEntries(known) as PageMemory;
  const span = HISTORY_SPANS.find(it => it === memory.span) ?? BEGINNING.span;
  const { openId } = given;
  return { ...memory, span, ...(typeof openId === 'string' ? { openId } : {}) };
}

/** What each part of the page uses. */
export interface Page {
  readonly memory: PageMemory;
  label(name: PanelLabel, ...args: readonly string[]): string;
  send(message: PageMessage): void;
  /** Stores the memory and redraws. */
  remember(change: Partial<PageMemory>): void;
  openIncident(id: string | undefined): void;
}

/** A link to one of Kimi's pages; the editor compares the URL with its list and opens it. */
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

/** An empty section with helpful buttons. */
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

/** A button in VS Code's style. */
export function button(text: string, key: string, press: () => void, className = ''): HTMLElement {
  return h(
    'button',
    { key, class: className, attributes: { type: 'button' }, on: { click: press } },
    text,
  );
}
