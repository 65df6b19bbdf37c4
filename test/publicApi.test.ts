import assert from 'node:assert/strict';
import ts from 'typescript';
import { readText } from './support/tidy/files.ts';
import { importsOf, parseSource } from './support/tidy/sources.ts';

describe('publicApi.ts', () => {
  const text = readText('src/core/publicApi.ts');

  it('imports nothing, so that it can be copied', () =>
    assert.deepEqual(importsOf(parseSource('src/core/publicApi.ts', text)), []));

  it('compiles the example of docs/api.md as a stranger would compile it', () => {
    const [, example = ''] = /```ts\n(\/\/ Kimi Quota[^]*?)```/.exec(readText('docs/api.md')) ?? [];
    assert.match(example, /KimiQuotaApi/);
    const vscode =
      'export declare const extensions: { getExtension<T>(id: string): { activate(): Promise<T> } | undefined };';
    assert.deepEqual(
      problemsOf({ 'kimiQuotaApi.ts': text, 'example.ts': example, 'vscode.ts': vscode }),
      [],
    );
    const wrong = `${example}\nconst wrong: KimiQuotaApi['version'] = 2;`;
    const files = { 'kimiQuotaApi.ts': text, 'example.ts': wrong, 'vscode.ts': vscode };
    assert.equal(problemsOf(files).length, 1, 'the compiler looks');
  });
});

/** What the compiler says of files that lie side by side. */
function problemsOf(files: Readonly<Record<string, string>>): string[] {
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    types: [],
    lib: ['lib.es2022.d.ts'],
    paths: { vscode: ['./vscode.ts'] },
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, getSourceFile } = host;
  const textOf = (path: string): string | undefined => files[path.replace(/^.*[\\/]/, '')];
  host.getCurrentDirectory = () => '/';
  host.fileExists = path => textOf(path) !== undefined || fileExists(path);
  host.getSourceFile = (path, version) => {
    const own = textOf(path);
    return own === undefined
      ? getSourceFile(path, version)
      : ts.createSourceFile(path, own, version);
  };
  const roots = Object.keys(files).map(name => `/${name}`);
  return ts
    .getPreEmitDiagnostics(ts.createProgram(roots, options, host))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}
