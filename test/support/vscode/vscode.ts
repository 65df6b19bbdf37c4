// What of the module `vscode` the extension uses, over the editor in memory.
import { type Disposable, Emitter } from '../../../src/core/base/event.ts';
import { english } from '../../../src/core/base/format.ts';
import { editor, FakeList, FakePanel, type FakeItem, type FakeTextEditor } from './fakeEditor.ts';

const nothing = (): Disposable => ({ dispose() {} });

export class EventEmitter<T> extends Emitter<T> {}

export class Position {
  readonly line: number;
  readonly character: number;
  constructor(line: number, character: number) {
    this.line = line;
    this.character = character;
  }
}

export class Range {
  readonly start: Position;
  readonly end: Position;
  constructor(start: Position, end: Position) {
    this.start = start;
    this.end = end;
  }
}

export class MarkdownString {
  readonly value: string;
  readonly supportThemeIcons: boolean;
  isTrusted: unknown;
  constructor(value: string, supportThemeIcons = false) {
    this.value = value;
    this.supportThemeIcons = supportThemeIcons;
  }
}

export class Hover {
  readonly contents: MarkdownString;
  readonly range: unknown;
  constructor(contents: MarkdownString, range: unknown) {
    this.contents = contents;
    this.range = range;
  }
}

export class ThemeColor {
  readonly id: string;
  constructor(id: string) {
    this.id = id;
  }
}

export class LanguageModelTextPart {
  readonly value: string;
  constructor(value: string) {
    this.value = value;
  }
}

export class LanguageModelToolResult {
  readonly content: readonly LanguageModelTextPart[];
  constructor(content: readonly LanguageModelTextPart[]) {
    this.content = content;
  }
}

export class Uri {
  readonly fsPath: string;
  readonly path: string;
  readonly #text: string;
  private constructor(fsPath: string, text: string) {
    this.fsPath = this.path = fsPath;
    this.#text = text;
  }
  static file(path: string): Uri {
    return new Uri(path, `file://${path}`);
  }
  static parse(text: string): Uri {
    return new Uri('', text);
  }
  static joinPath(uri: Uri, ...parts: readonly string[]): Uri {
    return Uri.file([uri.fsPath, ...parts].join('/'));
  }
  toString(): string {
    return this.#text;
  }
}

export const OverviewRulerLane = { Right: 4 };
export const ConfigurationTarget = { Global: 1 };
export const ExtensionMode = { Production: 1, Development: 2, Test: 3 };
export const ProgressLocation = { Window: 10 };
export const QuickPickItemKind = { Separator: -1, Default: 0 };
export const StatusBarAlignment = { Left: 1 };
export const UIKind = { Desktop: 1, Web: 2 };
export const ViewColumn = { Active: -1 };
export const version = '1.105.0';

const answer = async (): Promise<unknown> => editor.answers.shift();

function message(kind: string) {
  return (words: string, ...rest: readonly unknown[]): Promise<unknown> => {
    const buttons = rest.filter(it => typeof it === 'string');
    editor.messages.push([`${kind}: ${words}`, ...buttons.map(it => `[${it}]`)].join(' '));
    return answer();
  };
}

export const window = {
  get activeTextEditor(): FakeTextEditor | undefined {
    return editor.activeEditor;
  },
  get activeTerminal(): unknown {
    return editor.terminal;
  },
  get visibleTextEditors(): readonly FakeTextEditor[] {
    return editor.editors;
  },
  showInformationMessage: message('info'),
  showWarningMessage: message('warning'),
  showErrorMessage: message('error'),
  setStatusBarMessage: (words: string) => (editor.messages.push(`status: ${words}`), nothing()),
  showInputBox: answer,
  showOpenDialog: async () => [...editor.files.keys()].map(path => Uri.file(path)),
  /** An answer is the label of a row. */
  showQuickPick: async (rows: readonly { readonly label: string }[]) => {
    editor.picks.push(rows);
    const label = await answer();
    return rows.find(row => row.label === label);
  },
  createQuickPick: () => {
    const list = new FakeList<unknown>();
    editor.lists.push(list);
    return list;
  },
  createStatusBarItem: () => {
    const item: FakeItem = { text: '' };
    editor.items.push(item);
    return Object.assign(item, { show() {}, dispose() {} });
  },
  /** Of two kinds: notes are drawn, marks are only counted. */
  createTextEditorDecorationType: (options: object) => ({
    ...nothing(),
    isMark: 'gutterIconPath' in options,
  }),
  createWebviewPanel: (viewType: string) => {
    const panel = new FakePanel(viewType);
    editor.panels.push(panel);
    return panel;
  },
  registerWebviewPanelSerializer: nothing,
  registerWebviewViewProvider: nothing,
  registerTerminalLinkProvider: (provider: never) => {
    editor.providers.set('terminalLinks', provider);
    return nothing();
  },
  showTextDocument: async () => undefined,
  withProgress: (_options: unknown, task: () => unknown) => task(),
  onDidChangeVisibleTextEditors: (listener: never) => editor.visibleEditorsChanged.event(listener),
  onDidChangeTextEditorVisibleRanges: (listener: never) => editor.anyEvent.event(listener),
  onDidChangeTextEditorSelection: (listener: never) => editor.anyEvent.event(listener),
  onDidStartTerminalShellExecution: (listener: never) => editor.terminalStarted.event(listener),
};

export const workspace = {
  workspaceFolders: undefined,
  fs: { readFile: async ({ path }: Uri) => Buffer.from(editor.files.get(path) ?? '') },
  getConfiguration: (section: string) => ({
    get: (name: string, usual?: unknown) => editor.settings.get(`${section}.${name}`) ?? usual,
    inspect: (name: string) => ({ globalValue: editor.settings.get(`${section}.${name}`) }),
    update: async (name: string, value: unknown) => editor.set(`${section}.${name}`, value),
  }),
  onDidChangeConfiguration: (listener: never) => editor.configurationChanged.event(listener),
  onDidChangeTextDocument: (listener: never) => editor.documentChanged.event(listener),
  openTextDocument: async ({ content }: { readonly content: string }) => {
    editor.documents.push(content);
    return { isClosed: false, getText: () => content };
  },
};

export const commands = {
  registerCommand: (id: string, handler: (...args: unknown[]) => unknown): Disposable => {
    if (editor.registered.has(id)) throw new Error(`command ${id} is registered already`);
    editor.registered.set(id, handler);
    return { dispose: () => editor.registered.delete(id) };
  },
  executeCommand: async (id: string, ...args: unknown[]): Promise<unknown> => {
    if (id === editor.failing) throw new Error(`${id} failed: /home/me/sk-kimi-secret`);
    if (id === 'setContext') return void editor.contextKeys.set(String(args[0]), args[1]);
    const handler = editor.registered.get(id);
    if (handler) return handler(...args);
    editor.executed.push([id, ...args]);
    return undefined;
  },
};

export const env = {
  appName: 'Fake Code',
  remoteName: undefined,
  uiKind: UIKind.Desktop,
  clipboard: {
    readText: async () => editor.clipboard.text,
    writeText: async (text: string) => {
      editor.clipboard = { text, writes: editor.clipboard.writes + 1 };
    },
  },
  openExternal: async (uri: Uri) => editor.opened.push(uri.toString()) > 0,
};

export const languages = {
  match: (_selector: unknown, { uri }: { readonly uri: unknown }) =>
    /\.(?:log|jsonl)$/.test(String(uri)) ? 10 : 0,
  registerHoverProvider: (_selector: unknown, provider: never) => {
    editor.providers.set('hover', provider);
    return nothing();
  },
};

export const lm = {
  registerTool: (name: string, tool: never) => (editor.providers.set(name, tool), nothing()),
  registerMcpServerDefinitionProvider: (name: string, provider: never) => (
    editor.providers.set(name, provider),
    nothing()
  ),
};

export class McpStdioServerDefinition {
  readonly label: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: object;
  readonly version: string;
  constructor(...[label, command, args, env, version]: [string, string, string[], object, string]) {
    this.label = label;
    this.command = command;
    this.args = args;
    this.env = env;
    this.version = version;
  }
}

const own = { packageJSON: { version: '1.0.0' } };
export const extensions = {
  getExtension: (id: string) => (id.startsWith('ms-') ? undefined : own),
};
export const l10n = { t: english };
