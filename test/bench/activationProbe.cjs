// @ts-nocheck It imitates a part of the editor's API that no type describes.
'use strict';
// Loads and activates the bundle once, in a process of its own, on a `vscode` that does nothing.
// Prints {requireMs, activateMs, firstTextMs}. Arguments: the bundle, the global storage folder.
const { readdirSync, readFileSync } = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
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
/** The names that the bundle and its chunks import of the editor: an ES module has to export them. */
function importedNames() {
  const folder = path.dirname(bundle);
  const files = [
    bundle,
    ...readdirSync(path.join(folder, 'chunks')).map(name => path.join(folder, 'chunks', name)),
  ];
  const lists = files.flatMap(file =>
    [...readFileSync(file, 'utf8').matchAll(/import\{([^}]*)\}from"vscode"/g)].map(
      ([, list]) => list,
    ),
  );
  return new Set(lists.flatMap(list => list.split(',')).map(name => name.split(' as ')[0].trim()));
}
globalThis.vscodeStub = vscode;
const source = [...importedNames()]
  .map(name => `export const ${name} = globalThis.vscodeStub.${name};`)
  .join('\n');
Module.registerHooks({
  resolve: (request, context, next) =>
    request === 'vscode'
      ? { url: 'stub:vscode', format: 'module', shortCircuit: true }
      : next(request, context),
  load: (url, context, next) =>
    url === 'stub:vscode' ? { format: 'module', source, shortCircuit: true } : next(url, context),
});
// The archive decides what is shown first; a request would only disturb.
globalThis.fetch = () => new Promise(() => {});

async function measure() {
  const startedAtMs = performance.now();
  const { activate } = await import(pathToFileURL(bundle).href);
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
}
void measure();
