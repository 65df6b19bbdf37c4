import assert from 'node:assert/strict';
import ts from 'typescript';
import { generatedFiles } from '../scripts/manifest.ts';
import {
  longFiles,
  longFunctions,
  undocumentedExports,
  wideFunctions,
} from './support/tidy/budgets.ts';
import { bundleExtension, type Bundle, withoutHarmless } from './support/tidy/bundle.ts';
import { brokenCitations, brokenLinks, unknownScripts } from './support/tidy/citations.ts';
import { circles, upwardImports } from './support/tidy/layers.ts';
import { moduleState } from './support/tidy/moduleState.ts';
import { filesBelow, readText, ROOT } from './support/tidy/files.ts';
import { settingScopes, usedTexts, writtenTexts } from './support/tidy/manifest.ts';
import { importsOf, parseSource, sources } from './support/tidy/sources.ts';
import { forbiddenImports } from './support/tidy/importRules.ts';

/** The offenders are the message. */
function assertNone(offenders: readonly string[]): void {
  assert.deepEqual(offenders, []);
}

describe('tidy: imports', () => {
  it('no folder imports what its rule forbids', () => assertNone(forbiddenImports()));

  it('only the command line and tests import undici', () =>
    assertNone(
      sources
        .filter(source => importsOf(source).some(({ target }) => target.startsWith('undici')))
        .map(({ path }) => path)
        .filter(path => !/^(?:src\/cli[./]|test\/)/.test(path)),
    ));

  const cases: [path: string, text: string, expected: string[]][] = [
    ['src/core/a.ts', "import { env } from 'vscode';", ['src/core/a.ts imports vscode']],
    [
      'src/core/a.ts',
      "import type { X } from '../node/x.ts';",
      ['src/core/a.ts imports src/node/x.ts'],
    ],
    ['src/core/a.ts', "const fs = await import('node:fs');", ['src/core/a.ts imports node:fs']],
    ['src/core/a.ts', "export * from 'undici';", ['src/core/a.ts imports undici']],
    ['src/core/a.ts', "import * as z from 'zod/mini'; import './b.ts';", []],
    [
      'src/node/a.ts',
      "import { x } from '../vscode/x.ts';",
      ['src/node/a.ts imports src/vscode/x.ts'],
    ],
    [
      'src/vscode/a.ts',
      "import { x } from '../node/x.ts';",
      ['src/vscode/a.ts imports src/node/x.ts'],
    ],
    [
      'src/webview/a.ts',
      "import { x } from '../core/x.ts';",
      ['src/webview/a.ts imports src/core/x.ts'],
    ],
    ['src/webview/a.ts', "import { type X } from '../core/x.ts';", []],
    ['src/extension.ts', "import { fetch } from 'undici';", ['src/extension.ts imports undici']],
    ['src/elsewhere/a.ts', "import './b.ts';", ['src/elsewhere/a.ts imports src/elsewhere/b.ts']],
    ['src/core/a.ts', "import '../../test/x.ts';", ['src/core/a.ts imports test/x.ts']],
  ];
  for (const [path, text, expected] of cases)
    it(`${expected.length > 0 ? 'forbids' : 'allows'} ${text} in ${path}`, () => {
      assert.deepEqual(forbiddenImports([parseSource(path, text)]), expected);
    });
});

describe('tidy: layers', () => {
  it('no folder of core imports one above it', () => assertNone(upwardImports()));
  it('no files import each other in a circle', () => assert.deepEqual(circles(), []));

  const files = (...texts: [path: string, text: string][]) =>
    texts.map(([path, text]) => parseSource(path, text));

  it('an import of a folder above is found, also of a type', () =>
    assert.deepEqual(
      upwardImports(files(['src/core/quota/a.ts', "import type { X } from '../panel/b.ts';"])),
      ['src/core/quota/a.ts imports src/core/panel/b.ts'],
    ));
  it('a folder that has no place in the order is found', () =>
    assert.deepEqual(
      upwardImports(files(['src/core/quota/a.ts', "import { x } from '../elsewhere/b.ts';"])),
      ['src/core/quota/a.ts imports src/core/elsewhere/b.ts'],
    ));
  it('a circle through a type and a dynamic import is found', () =>
    assert.deepEqual(
      circles(
        files(
          ['src/core/a.ts', "import type { X } from './b.ts';"],
          ['src/core/b.ts', "const load = () => import('./c.ts');"],
          ['src/core/c.ts', "export * from './a.ts';"],
        ),
      ),
      [['src/core/a.ts', 'src/core/b.ts', 'src/core/c.ts', 'src/core/a.ts']],
    ));
});

describe('tidy: state', () => {
  it('no module has variables that change, except a few caches', () => assertNone(moduleState()));

  const cases: [text: string, names: string[]][] = [
    ['let count = 0;', ['count']],
    ['export let open: boolean;', ['open']],
    ['const seen = new Map<string, number>();', ['seen']],
    ['const seen: Set<string> = new Set();', ['seen']],
    ['export const queue: string[] = [];', ['queue']],
    ['const changes = new Emitter<void>();', ['changes']],
    ['class Book { static open = 0; }', ['open']],
    ['class Book { static readonly #all = new Set<Book>(); }', ['#all']],
    ['const NAMES: ReadonlySet<string> = new Set([]);', []],
    ["const NAMES = ['a', 'b'];", []],
    ['const NONE: readonly string[] = [];', []],
    ["const WORD = new RegExp('a');", []],
    ['class Book { static readonly SIZE = 3; #open = new Map(); }', []],
    ['function count() { let all = 0; const seen = new Set(); return all; }', []],
  ];
  for (const [text, names] of cases)
    it(`${names.length > 0 ? 'forbids' : 'allows'} ${text}`, () =>
      assert.deepEqual(
        moduleState([parseSource('src/core/a.ts', text)]),
        names.map(name => `src/core/a.ts: ${name}`),
      ));
});

describe('tidy: sources', () => {
  it('every document and section that a comment cites is in docs', () =>
    assertNone(brokenCitations()));
  it('every npm script that a document, workflow or comment names exists', () =>
    assertNone(unknownScripts()));
  it('every link of a document leads to a file', () => assertNone(brokenLinks()));
});

describe('tidy: budgets', () => {
  it('no file is longer than 400 lines, the entry point than 90', () => assertNone(longFiles()));
  it('no function is longer than 50 lines', () => assertNone(longFunctions()));
  it('no function has more than 4 parameters', () => assertNone(wideFunctions()));
  it('every export of core and node has a comment', () => assertNone(undocumentedExports()));
});

describe('tidy: names', () => {
  const VAGUE = /Manager|Helper|Util|Service/i;
  // Only the mock of a service may be called one.
  const SERVICE = 'test/support/kimiService/';
  const isVague = (name: string): boolean => VAGUE.test(name.replace(/kimiService/i, ''));

  it('no file has a vague name', () =>
    assertNone(
      [...filesBelow('src'), ...filesBelow('test')]
        .filter(path => !path.startsWith(SERVICE))
        .filter(path => path.split('/').some(isVague)),
    ));

  it('no class has a vague name', () =>
    assertNone(
      sources
        .filter(({ path }) => !path.startsWith(SERVICE))
        .flatMap(({ path, tree, nodes }) =>
          nodes
            .filter(node => ts.isClassLike(node) && isVague(node.name?.text ?? ''))
            .map(node => `${path}: ${node.getText(tree).slice(0, 60)}`),
        ),
    ));
});

describe('tidy: tests', () => {
  const HOOK = /^(?:(?:before|after)(?:Each)?|use[A-Z]\w*)\(/;
  it('no hook stands outside of a suite, where it would run around the tests of all files', () =>
    assertNone(
      sources
        .filter(({ path }) => /^test\/.+\.test\.ts$/.test(path))
        .flatMap(({ path, tree }) =>
          tree.statements
            .map(statement => statement.getText(tree).replace(/^(?:const|let) [^=]+ = /, ''))
            .filter(text => HOOK.test(text))
            .map(text => `${path}: ${text.slice(0, 60)}`),
        ),
    ));
});

describe('tidy: state', () => {
  it('T5: nothing is kept in globalState, where the last window to write wins', () =>
    assertNone([...filesBelow('src')].filter(path => /\bglobalState\b/.test(readText(path)))));
});

describe('tidy: manifest', () => {
  it('is what `npm run generate` makes of the tables of commands and settings', async () => {
    for (const [file, text] of Object.entries(await generatedFiles()))
      assert.equal(readText(file), text, `${file}: run npm run generate`);
  });

  it('lets no workspace move the key to another host', () => {
    const { region, baseUrl, openPlatformBaseUrl } = settingScopes();
    assert.deepEqual([region, baseUrl, openPlatformBaseUrl], Array(3).fill('application'));
  });

  it('lets no workspace have terminals read', () =>
    assert.equal(settingScopes()['readTerminals'], 'application'));

  it('has every text that it names in every language, and no other', () => {
    const used = usedTexts();
    assert.ok(used.length > 0);
    for (const [file, written] of Object.entries(writtenTexts()))
      assert.deepEqual(written, used, file);
  });
});

describe('tidy: bundle', () => {
  let eager: Bundle;
  let extension: Bundle;

  before(async () => {
    ({ eager, whole: extension } = await bundleExtension());
  });

  it('has at most 130 KB that every window loads when it starts', () =>
    assert.ok(eager.text.length <= 130 * 1024, `${eager.text.length} bytes`));
  it('holds no undici', () => {
    assertNone(extension.inputs.filter(path => path.includes('node_modules/undici/')));
    assert.doesNotMatch(extension.text, /undici/i);
  });
  it('makes no code from text', () => {
    assert.doesNotMatch(withoutHarmless(extension.text), /\beval\s*\(|\bFunction\b/);
  });
});

describe('tidy: what is committed', () => {
  const LOCAL = [
    ['a path of this machine', ROOT.replace(/[\\/]$/, '')],
    ['a folder next to the checkout', ['..', 'shared'].join('/')],
    ['a registry host', /\bregistry\.[a-z\d-]+\.[a-z]{2,}|\bartifactory\b|_authToken/i],
    ['a home folder', /(?:\/home|\/Users|[A-Z]:\\+Users)[\\/]+(?!me\b|you\b|user\b)[a-z]/i],
  ] as const;
  const texts = filesBelow('')
    .filter(path => !/\.(?:png|vsix|db)$/.test(path))
    .map(path => [path, readText(path)] as const);

  for (const [what, mark] of LOCAL)
    it(`names no ${what.replace(/^a /, '')}`, () =>
      assertNone(
        texts
          .filter(([, text]) => (typeof mark === 'string' ? text.includes(mark) : mark.test(text)))
          .map(([path]) => path)
          .filter(path => path !== 'test/tidy.test.ts'),
      ));

  it('locks no package to an address', () =>
    assert.doesNotMatch(readText('package-lock.json'), /"resolved"/));

  it('names what is packaged, and packages nothing else', () => {
    const lines = readText('.vscodeignore')
      .split('\n')
      .filter(line => line !== '' && !line.startsWith('#'));
    assert.equal(lines[0], '**');
    assertNone(lines.slice(1).filter(line => !line.startsWith('!')));
  });
});
