import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { root, vsixPath } from '../editor/paths.ts';
import { disguisesOf } from '../support/disguises.ts';
import { call, connect } from '../support/mcpClient.ts';
import { withoutHarmless } from '../support/tidy/bundle.ts';
import { readVsix, requiredBy, secretsIn } from './vsix.ts';

const DIST = 'extension/dist/';
const CHINESE = 'extension/l10n/bundle.l10n.zh-cn.json';
const PROGRAMS = [`${DIST}extension.mjs`, `${DIST}mcp.mjs`];
const CHUNK = /^extension\/dist\/chunks\/[\w-]+-[A-Z\d]{8}\.mjs$/;

/** Every file of the package but the chunks, whose names come from what is in them. */
const FILES = [
  '[Content_Types].xml',
  'extension.vsixmanifest',
  'extension/LICENSE.txt',
  'extension/changelog.md',
  'extension/dist/ThirdPartyNotices.txt',
  'extension/dist/extension.mjs',
  'extension/dist/mcp.mjs',
  'extension/dist/panel-style.css',
  'extension/dist/panel.js',
  CHINESE,
  'extension/media/icon.png',
  'extension/media/view.svg',
  'extension/media/walkthrough/explanation.svg',
  'extension/media/walkthrough/explanation.zh-cn.svg',
  'extension/media/walkthrough/glance.svg',
  'extension/media/walkthrough/glance.zh-cn.svg',
  'extension/media/walkthrough/key.svg',
  'extension/media/walkthrough/key.zh-cn.svg',
  'extension/package.json',
  'extension/package.nls.json',
  'extension/package.nls.zh-cn.json',
  'extension/readme.md',
];

describe('the package', () => {
  let bytes: Buffer;
  let files: Map<string, Buffer>;
  let texts: [path: string, text: string][];
  let scripts: [path: string, text: string][];

  before(async () => {
    bytes = await readFile(vsixPath);
    files = await readVsix(bytes);
    texts = [...files].map(([name, content]) => [name, content.toString('utf8')]);
    scripts = texts.filter(([name]) => /\.m?js$/.test(name));
  });

  /** The paths of those whose text is so. */
  const where = (all: typeof texts, is: (text: string) => boolean): string[] =>
    all.filter(([, text]) => is(text)).map(([name]) => name);

  it('contains these files, the chunks, and nothing else', () =>
    assert.deepEqual([...files.keys()].filter(name => !CHUNK.test(name)).toSorted(), FILES));

  it('has at most 1 MB, the page in it 130 KB', () => {
    assert.ok(bytes.length <= 1024 * 1024, `${bytes.length} bytes`);
    const page = files.get(`${DIST}panel.js`)?.length ?? Infinity;
    assert.ok(page <= 130 * 1024, `${page} bytes`);
  });

  it('contains every imported file, and no unused chunk', () => {
    const asked = new Set(PROGRAMS);
    for (const name of asked)
      for (const target of requiredBy(files.get(name)?.toString() ?? ''))
        if (target.startsWith('.')) asked.add(path.posix.join(path.posix.dirname(name), target));
    const chunks = [...files.keys()].filter(name => CHUNK.test(name));
    assert.ok(chunks.length > 10);
    assert.deepEqual([...asked].toSorted(), [...PROGRAMS, CHINESE, ...chunks].toSorted());
  });

  it('imports nothing outside of it, Node and the editor', () => {
    const foreign = scripts
      .flatMap(([, text]) => requiredBy(text))
      .filter(target => !target.startsWith('.') && target !== 'vscode' && !isBuiltin(target));
    assert.deepEqual(foreign, []);
  });

  it('contains no undici, no source map, and no code generation from strings', () => {
    assert.ok(scripts.length > 10);
    assert.deepEqual(
      where(texts, text => /undici/i.test(text)).filter(name => name.startsWith(DIST)),
      [],
    );
    assert.deepEqual(
      where(texts, text => /sourceMappingURL/.test(text)),
      [],
    );
    assert.deepEqual(
      where(scripts, text => /\beval\s*\(|\bFunction\b/.test(withoutHarmless(text))),
      [],
    );
  });

  it('names no folder of the machine it was made on', () => {
    const places = [root, os.homedir()].filter(place => place.length > 5);
    assert.deepEqual(
      where(texts, text => places.some(place => text.includes(place))),
      [],
    );
  });

  it('shows no picture that is missing or from elsewhere, and no SVG', () => {
    const shown = texts.filter(([name]) => /(?:readme|changelog)\.md$/.test(name));
    assert.equal(shown.length, 2);
    // With an address, each leads there.
    const { repository } = JSON.parse(String(files.get('extension/package.json')));
    const missing = repository ? /!\[[^\]]*\]\((?!https:)/ : /!\[[^\]]*\]\(/;
    assert.deepEqual(
      where(shown, text => missing.test(text) || /\.svg\)|<(?:img|svg)\b/i.test(text)),
      [],
    );
  });
});

describe('the MCP server of the package', () => {
  let folder: string;
  before(async () => (folder = await mkdtemp(path.join(os.tmpdir(), 'kimi-quota-package-'))));
  after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

  it('runs without the rest of the package, in Chinese', async () => {
    const files = await readVsix(await readFile(vsixPath));
    const server = [`${DIST}mcp.mjs`, CHINESE];
    for (const name of server) {
      await mkdir(path.join(folder, path.dirname(name)), { recursive: true });
      await writeFile(path.join(folder, name), files.get(name) ?? '');
    }
    const client = await connect([path.join(folder, server[0]!), '--lang', 'zh-cn'], {
      KIMI_QUOTA_ARCHIVE: path.join(folder, 'kimi-quota.db'),
    });
    const answer = await call(client, 'explain_error', { text: '429 insufficient balance' });
    assert.match(JSON.stringify(answer), /\p{Script=Han}/u);
    await client.close();
  });
});

describe('secrets', () => {
  const planted = [
    `sk-${'k'.repeat(24)}`,
    `sk-kimi-${'4'.repeat(40)}`,
    `eyJ${'h'.repeat(20)}.${'p'.repeat(20)}.s`,
    `ghp_${'g'.repeat(36)}`,
    `Bearer ${'t'.repeat(32)}`,
    `-----BEGIN ${'PRIVATE KEY'}-----`,
  ];
  for (const secret of planted)
    it(`${secret.slice(0, 12)}... would be seen`, () =>
      assert.equal(secretsIn(`x = "${secret}"`).length, 1));

  it('are in no file of the package', async () => {
    const files = await readVsix(await readFile(vsixPath));
    assert.ok(files.size > FILES.length);
    const found = [...files].flatMap(([name, content]) =>
      secretsIn(content.toString('latin1')).map(secret => `${name}: ${secret}`),
    );
    assert.deepEqual(found, []);
  });
});

describe('npm run package', () => {
  let folder: string;
  before(async () => (folder = await mkdtemp(path.join(os.tmpdir(), 'kimi-quota-package-'))));
  after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

  it('makes the same bytes at another time, in another zone, with other rights and a key around', async () => {
    const canary = `sk-kimi-${randomBytes(24).toString('hex')}`;
    const again = path.join(folder, 'again.vsix');
    const env = {
      ...process.env,
      TZ: 'Asia/Kathmandu',
      KIMI_API_KEY: canary,
      MOONSHOT_API_KEY: canary,
      VSCE_PAT: canary,
    };
    const mask = process.umask(0o077);
    try {
      const command = ['test/editor/package.ts', again];
      await promisify(execFile)(process.execPath, command, { cwd: root, env });
    } finally {
      process.umask(mask);
    }
    const bytes = await readFile(again);
    for (const [name, content] of await readVsix(bytes))
      for (const form of disguisesOf(canary)) assert.ok(!content.includes(form), name);
    assert.ok(bytes.equals(await readFile(vsixPath)), 'other bytes');
  });
});
