// @ts-nocheck It imitates a part of the editor's API that no type describes.
'use strict';
// Loads and activates the bundle once, in a process of its own, on a `vscode` that does nothing.
// Prints {requireMs, activateMs, firstTextMs}. Arguments: the bundle, the global storage folder.
const Module = require('node:module');
const [bundle, storage] = process.argv.slice(2);

let firstTextAtMs;
let activatedAtMs;
const nothing = { dispose() {} };
const event = () => nothing;
const item = {
  ...nothing,
  show() {},
  set text(text) {
    if (/\d%/.test(text)) firstTextAtMs ??= performance.now();
  },
};
class Ignored {}
const log = { ...nothing, trace() {}, debug() {}, info() {}, warn() {}, error() {}, show() {} };
/** What is asked of it and is not known does nothing. */
const space = known =>
  new Proxy(known, { get: (target, name) => (name in target ? target[name] : () => nothing) });
const vscode = {
  env: { language: 'en', clipboard: {} },
  l10n: { t: (message, ...args) => message.replace(/\{(\d+)\}/g, (_, i) => args[i]) },
  window: space({
    state: { focused: true },
    visibleTextEditors: [],
    createOutputChannel: () => log,
    createStatusBarItem: () => item,
  }),
  workspace: space({
    workspaceFolders: undefined,
    getConfiguration: () => ({ get: () => undefined }),
  }),
  commands: space({}),
  languages: space({}),
  lm: space({}),
  StatusBarAlignment: {},
  ExtensionMode: { Production: 1 },
  ThemeColor: Ignored,
  MarkdownString: Ignored,
  QuickPickItemKind: {},
  ProgressLocation: {},
  Uri: {},
};
const load = Module._load;
Module._load = (request, ...rest) => (request === 'vscode' ? vscode : load(request, ...rest));
// The archive decides what is shown first; a request would only disturb.
globalThis.fetch = () => new Promise(() => {});

const startedAtMs = performance.now();
const { activate } = require(bundle);
const requiredAtMs = performance.now();
const secrets = {
  get: async name => JSON.stringify({ origin: name.replace('key ', ''), key: 'sk-kimi-bench' }),
  onDidChange: event,
};
activate({
  subscriptions: [],
  secrets,
  extensionMode: 1,
  extension: { packageJSON: { version: '0.0.0' } },
  globalStorageUri: { fsPath: storage },
});
activatedAtMs = performance.now();

const waiting = setInterval(() => {
  if (firstTextAtMs === undefined && performance.now() - activatedAtMs < 5000) return;
  clearInterval(waiting);
  const figures = {
    requireMs: requiredAtMs - startedAtMs,
    activateMs: activatedAtMs - requiredAtMs,
    firstTextMs: (firstTextAtMs ?? Infinity) - activatedAtMs,
  };
  process.stdout.write(JSON.stringify(figures), () => process.exit(0));
}, 1);
