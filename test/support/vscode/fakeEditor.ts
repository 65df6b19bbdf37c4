import { Emitter, type Event } from '../../../src/core/base/event.ts';

/** A thing on the screen that a test acts on as a person would. */
export class FakeList<Row> {
  readonly #accepted = new Emitter<void>();
  readonly #hidden = new Emitter<void>();
  items: readonly Row[] = [];
  activeItems: readonly Row[] = [];
  busy = false;
  placeholder = '';
  isShown = false;
  readonly onDidAccept: Event<void> = this.#accepted.event;
  readonly onDidHide: Event<void> = this.#hidden.event;

  show(): void {
    this.isShown = true;
  }

  hide(): void {
    this.isShown = false;
    this.#hidden.fire();
  }

  dispose(): void {
    this.isShown = false;
  }

  /** Chooses a row. */
  accept(row: Row): void {
    this.activeItems = [row];
    this.#accepted.fire();
  }
}

/** The status bar item as it is drawn. */
export interface FakeItem {
  text: string;
  tooltip?: { readonly value: string };
  backgroundColor?: { readonly id: string };
  accessibilityInformation?: { readonly label: string };
}

/** A tab with a page. */
export class FakePanel {
  readonly #messages = new Emitter<unknown>();
  readonly #disposed = new Emitter<void>();
  readonly #viewed = new Emitter<void>();
  readonly viewType: string;
  visible = true;
  revealCount = 0;
  isDisposed = false;
  /** Messages to the page. */
  readonly posted: unknown[] = [];
  readonly onDidDispose: Event<void> = this.#disposed.event;
  readonly onDidChangeViewState: Event<void> = this.#viewed.event;
  readonly webview = {
    html: '',
    options: {},
    cspSource: 'https://self',
    asWebviewUri: (uri: unknown) => uri,
    onDidReceiveMessage: this.#messages.event,
    postMessage: async (message: unknown) => this.posted.push(message) > 0,
  };

  constructor(viewType: string) {
    this.viewType = viewType;
  }

  /** Sends a message from the page. */
  say(message: unknown): void {
    this.#messages.fire(message);
  }

  reveal(): void {
    this.revealCount++;
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this.#disposed.fire();
  }
}

/** An editor in memory: what the surfaces have shown, asked and run, and what a person answers. */
class FakeEditor {
  /** Messages, as `kind: words`, with the buttons in brackets. */
  messages: string[] = [];
  /** What is answered to messages, lists and boxes, in their order; then nothing is. */
  answers: unknown[] = [];
  /** Rows of the lists that were shown. */
  picks: (readonly unknown[])[] = [];
  /** Commands that were run and are not registered here. */
  executed: unknown[][] = [];
  /** A command that fails. */
  failing: string | undefined;
  contextKeys = new Map<string, unknown>();
  registered = new Map<string, (...args: unknown[]) => unknown>();
  settings = new Map<string, unknown>();
  clipboard = { text: '', writes: 0 };
  opened: string[] = [];
  /** Files that a person chooses, by their paths. */
  files = new Map<string, string>();
  documents: string[] = [];
  editors: FakeTextEditor[] = [];
  activeEditor: FakeTextEditor | undefined;
  terminal: { readonly selection?: string } | undefined;
  lists: FakeList<unknown>[] = [];
  items: FakeItem[] = [];
  panels: FakePanel[] = [];
  providers = new Map<string, never>();
  readonly visibleEditorsChanged = new Emitter<readonly FakeTextEditor[]>();
  readonly documentChanged = new Emitter<{ readonly document: unknown }>();
  readonly configurationChanged = new Emitter<{ affectsConfiguration(name: string): boolean }>();
  readonly terminalStarted = new Emitter<unknown>();
  readonly anyEvent = new Emitter<unknown>();

  /** As a new window is. */
  reset(): void {
    Object.assign(this, new FakeEditor());
  }

  /** A person changes a setting; undefined: takes it out. */
  set(name: string, value: unknown): void {
    this.settings.set(name, value);
    this.configurationChanged.fire({ affectsConfiguration: it => name.startsWith(it) });
  }

  /** Runs a command as the palette does. */
  run(command: string, ...args: unknown[]): unknown {
    const handler = this.registered.get(command);
    if (!handler) throw new Error(`no command ${command}`);
    return handler(...args);
  }
}

/** A note at the end of a line. */
interface Note {
  readonly range: { readonly start: { readonly line: number } };
  readonly renderOptions: { readonly after?: { readonly contentText: string } };
}

/** A text in an editor. */
export class FakeTextEditor {
  readonly document: {
    readonly uri: { toString(): string };
    isDirty: boolean;
    readonly lineCount: number;
    lineAt(line: number): { text: string; range: unknown };
    getText(): string;
  };
  visibleRanges: unknown;
  selection: unknown;
  /** The notes at line ends, after each rendering. */
  readonly drawn: (readonly Note[])[] = [];
  /** The number of marks in the gutter, after each rendering. */
  readonly marked: number[] = [];
  lines: string[];

  constructor(path: string, lines: readonly string[]) {
    this.lines = [...lines];
    const owner = this;
    this.document = {
      uri: { toString: () => `file://${path}` },
      isDirty: false,
      get lineCount() {
        return owner.lines.length;
      },
      lineAt: line => {
        const text = owner.lines[line];
        if (text === undefined) throw new RangeError(`no line ${line}`);
        const end = { line, character: text.length };
        return { text, range: { start: { line, character: 0 }, end } };
      },
      getText: () => owner.lines.join('\n'),
    };
    this.see(0, this.lines.length - 1);
  }

  /** Scrolls. */
  see(start: number, end: number): void {
    this.visibleRanges = [{ start: { line: start }, end: { line: end } }];
    this.selection = { active: { line: start } };
  }

  setDecorations(type: { readonly isMark: boolean }, decorations: readonly Note[]): void {
    if (type.isMark) this.marked.push(decorations.length);
    else this.drawn.push(decorations);
  }
}

/** The one editor of a test process; `reset` it before each test. */
export const editor = new FakeEditor();
