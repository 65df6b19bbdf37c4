import type {
  EmptyState,
  HistorySpan,
  PageMessage,
  PanelLabel,
  PanelLink,
} from '../core/panel/panelState.ts';

type Child = Node | string | undefined | false;

/** Attributes and listeners. A text can only become text: there is no way to set HTML. */
interface Props {
  readonly class?: string;
  /** Names the element across redraws, so that the focus stays on it. */
  readonly key?: string;
  readonly on?: {
    readonly [Name in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[Name]) => void;
  };
  readonly attributes?: Readonly<Record<string, string | boolean | undefined>>;
}

/** Makes an element. */
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

/** One of the editor's icons; the words beside it say the same. */
export function icon(name: string): HTMLElement {
  return h('span', { class: `icon icon-${name}`, attributes: { 'aria-hidden': 'true' } });
}

/**
 * Puts new content in place of the old, and the focus where it was. A child that is as it was stays
 * itself, and what is selected in it stays selected: its keys and texts have to tell what it does.
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

/** A list of texts, or nothing. */
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

/** As the buttons have them. */
export const HISTORY_SPANS = ['24h', '7d', '30d'] as const satisfies readonly HistorySpan[];

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

const BEGINNING: PageMemory = {
  span: '24h',
  isTable: false,
  agent: '',
  cause: '',
  isOpenOnly: false,
  isWhole: false,
};

/** What the page had remembered, of what another version of it may have stored; or the beginning. */
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
