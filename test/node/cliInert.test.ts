import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { printWarning } from '../../src/cli/output.ts';
import { inertJson } from '../../src/core/base/redact.ts';
import { buildCli, runCli } from '../support/cliProcess.ts';
import { leakIn, leaksIn, secretShapes } from '../support/secrets/shapes.ts';
import { MIXED } from '../support/secrets/vendorKeys.ts';

/** Writes the clipboard, sets the title, clears the screen, turns the line, forges a line. */
const HOSTILE =
  '\x1b]52;c;Y3VybCBldmls\x07\x1b]0;pwned\x07\x1b[2J\x9b2J\x9d0;pwned\x9c\u202eevil\u2066\r\nKimi Quota: all is well';
const KEY = `sk-kimi-${MIXED}`;
/** What a terminal obeys, and what turns or hides its text. */
const ODD = /[^\P{C}\n]|[\u2028\u2029]/u;

describe('cli: what others wrote', () => {
  let home: string;

  before(buildCli);
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'kimi-quota-inert-'));
  });
  afterEach(() => rmSync(home, { recursive: true, force: true, maxRetries: 5 }));

  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
  };
  const scan = (...more: string[]) => runCli(['scan', '--home', home, ...more], {});
  const claudeLine = (fields: object): string =>
    `${JSON.stringify({
      type: 'system',
      subtype: 'api_error',
      error: { status: 500, message: 'boom' },
      timestamp: new Date().toISOString(),
      uuid: 'u',
      sessionId: 's',
      ...fields,
    })}\n`;

  const places: [place: string, path: string, fields: object][] = [
    [
      'the host of a URL',
      's.jsonl',
      { error: { status: 500, message: 'boom', cause: { path: `https://${HOSTILE}/v1` } } },
    ],
    ['the words', 's.jsonl', { error: { status: 429, message: `429 ${HOSTILE}` } }],
    ['a session', 's.jsonl', { sessionId: HOSTILE }],
    ['a sub-agent', 's.jsonl', { agentId: HOSTILE }],
    ['a version', 's.jsonl', { version: HOSTILE }],
    ['a record', 's.jsonl', { uuid: HOSTILE }],
    ['a folder', `../${HOSTILE.replace('\r\n', '')}/s.jsonl`, {}],
  ];
  for (const [place, path, fields] of places)
    for (const format of [[], ['--json'], ['--json', '--requests']])
      it(`in ${place}: nothing of it is obeyed (${format.join(' ') || 'text'})`, async function () {
        // Windows allows no such name.
        if (place === 'a folder' && process.platform === 'win32') return this.skip();
        write(`.claude/projects/p/${path}`, claudeLine(fields));
        const { stdout, stderr, code } = await scan(...format);
        assert.deepEqual([stderr, code], ['', 0]);
        assert.doesNotMatch(stdout, ODD);
        assert.doesNotMatch(stdout, /^Kimi Quota: all is well/m);
        assert.doesNotMatch(stdout, /No failed request/);
        if (format.length > 0)
          for (const line of stdout.trimEnd().split('\n')) assert.ok(JSON.parse(line));
      });

  it('in the name of what cannot be read: one line of text', () => {
    const written: string[] = [];
    const { write: before } = process.stderr;
    process.stderr.write = text => Boolean(written.push(String(text)));
    try {
      printWarning(`.claude/projects/${HOSTILE} ${KEY} cannot be read: EACCES.`);
    } finally {
      process.stderr.write = before;
    }
    assert.equal(written.length, 1);
    assert.match(written[0]!, /^kimi-quota: [^\n]* cannot be read: EACCES\.[^\n]*\n$/);
    assert.doesNotMatch(written[0]!, ODD);
    assert.equal(leakIn(written[0]!, { secrets: [MIXED], trace: 10 }), undefined);
  });

  for (const args of [
    [`--${HOSTILE}`],
    [HOSTILE],
    ['explain', `/none/${HOSTILE}`],
    ['scan', '--since', HOSTILE],
    ['scan', '--file', `${HOSTILE}[`],
    ['scan', `--${KEY}`],
    ['check', '--max-age', HOSTILE],
  ])
    it(`in the arguments ${JSON.stringify(args).slice(0, 40)}: one line of text`, async () => {
      const { stdout, stderr } = await runCli(args, {});
      assert.doesNotMatch(stdout + stderr, ODD);
      assert.doesNotMatch(stderr, /^Kimi Quota/m);
      assert.equal(leakIn(stderr, { secrets: [MIXED], trace: 10 }), undefined);
    });

  it('in a base URL and a key of the environment', async () => {
    const env = { KIMI_API_KEY: 'sk-kimi-x', KIMI_CODE_BASE_URL: `https://${HOSTILE}` };
    for (const command of [['check'], ['doctor'], ['doctor', '--json']]) {
      const { stdout, stderr } = await runCli(command, env);
      assert.doesNotMatch(stdout + stderr, ODD);
    }
  });

  it('secrets of every form in a log: none in the report, none in the text', async () => {
    const shapes = secretShapes().filter((_, index) => index % 9 === 0);
    const begin = Date.now() - 3_600_000;
    const lines = shapes.map(({ text }, index) => {
      const time = new Date(begin + index * 1000).toISOString();
      return `${time} WARN  llm request failed  turnStep=0.1 model=k errorName=X errorMessage=${JSON.stringify(`429 too many requests ${text}`)} statusCode=429`;
    });
    write('.kimi-code/sessions/wd_x/s/logs/kimi-code.log', `${lines.join('\n')}\n`);
    for (const format of [[], ['--json']]) {
      const { stdout, stderr } = await scan(...format);
      assert.equal(stderr, '');
      assert.ok(stdout.split('\n').length > shapes.length);
      assert.deepEqual(leaksIn(stdout, shapes), []);
    }
  });
});

describe('inertJson', () => {
  it('keeps the value', () => {
    const value = { text: `a\x7f\x9b\u2028\u202e\u{e0041}👩‍💻️ü中`, [HOSTILE]: HOSTILE };
    const json = inertJson(JSON.stringify(value));
    assert.doesNotMatch(json, ODD);
    assert.deepEqual(JSON.parse(json), value);
  });
});
