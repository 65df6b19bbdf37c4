import type { PanelLabel } from '../core/panel/panelLabels.ts';
import type { PageMessage } from '../core/panel/panelMessages.ts';
import type { EmptyState, PanelAction, PanelLink } from '../core/panel/panelState.ts';
import type { PageMemory } from './memory.ts';

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

/**
 * Replaces the content and restores the focus. An unchanged child is kept, including its selection:
 * its keys and texts must fully describe it. Children of a frame (`frame`) are compared one by one.
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
    else if (isFrame(before) && isFrame(child)) redraw(before, ...child.childNodes);
    else if (typeof child === 'string' || !before.isEqualNode(child)) before.replaceWith(child);
  }
  for (const left of old.slice(fresh.length)) left.remove();
  if (key === undefined || document.activeElement === active) return;
  for (const element of place.querySelectorAll<HTMLElement>('[data-key]'))
    if (element.dataset['key'] === key) return element.focus();
}

/** A container without listeners, which stays when its content changes. */
export function frame(className: string, ...children: readonly Child[]): HTMLElement {
  return h('div', { class: className, attributes: { 'data-frame': className } }, ...children);
}

const isFrame = (node: Node | string): node is HTMLElement =>
  node instanceof HTMLElement && node.dataset['frame'] !== undefined;

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

/** What each part of the page uses. */
export interface Page {
  readonly memory: PageMemory;
  /** The narrow view in a side bar, not the tab. */
  readonly isView: boolean;
  label(name: PanelLabel, ...args: readonly string[]): string;
  send(message: PageMessage): void;
  /** Stores the memory and redraws. */
  remember(change: Partial<PageMemory>): void;
  openIncident(id: string | undefined): void;
  /** Shows what was used in the hours before an incident. */
  showUseBefore(id: string): void;
  /** Copies a text that the editor sent, and announces it. */
  copy(text: string): void;
}

/** A button for something that the editor does. */
export function actionButton(page: Page, action: PanelAction, className = ''): HTMLElement {
  const target = 'id' in action ? action.id : 'url' in action ? action.url : action.command;
  const key = `${action.kind} ${target} ${action.label}`;
  return button(action.label, key, () => act(page, action), className);
}

function act(page: Page, action: PanelAction): void {
  switch (action.kind) {
    case 'incident':
      return page.openIncident(action.id);
    case 'log':
      return page.send({ kind: 'openLog', id: action.id });
    case 'ticket':
      return page.send({ kind: 'copyTicket', id: action.id });
    case 'command':
      return page.send({ kind: 'command', command: action.command });
    case 'link':
      return page.send({ kind: 'openLink', url: action.url });
  }
}

/** A text to copy, with its button. */
export function codeToCopy(page: Page, code: string, key: string): HTMLElement {
  return h(
    'span',
    { class: 'code' },
    h('code', {}, code),
    button(page.label('copy'), `copy ${key}`, () => page.copy(code), 'primary'),
  );
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
        ...actions.map(({ command, label }, index) =>
          button(
            label,
            `command ${command}`,
            () => page.send({ kind: 'command', command }),
            index === 0 ? 'primary' : 'secondary',
          ),
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
