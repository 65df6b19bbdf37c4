import assert from 'node:assert/strict';
import { Uri } from 'vscode';
import type { TailedFailure } from '../../src/core/agents/tail.ts';
import { registerInline } from '../../src/vscode/inline.ts';
import { LineExplainer } from '../../src/vscode/lineExplainer.ts';
import { fail, tailed } from '../support/bursts.ts';
import { Emitter, type Disposable } from '../../src/core/base/event.ts';
import { settled } from '../support/fakeClock.ts';
import { incidentOf } from '../support/incidents.ts';
import { editor, FakeTextEditor } from '../support/vscode/fakeEditor.ts';
import { createTestContext, type TestContext } from '../support/vscode/testContext.ts';

const CONCURRENCY =
  "403 You've reached your concurrent request limit. Please wait for your ongoing requests to finish and try again.";
const WEEK =
  "403 You've reached your weekly (7-day) usage limit. Your quota will reset when the current 7-day window ends.";
const SETTING = 'kimiQuota.inline.endOfLine';

interface HoverProvider {
  provideHover(
    document: unknown,
    position: { line: number },
  ): Promise<{ contents: { value: string; isTrusted: unknown } } | undefined>;
}
interface LinkProvider {
  provideTerminalLinks(context: { line: string }): Promise<{ length: number; words: unknown }[]>;
  handleTerminalLink(link: unknown): Promise<void>;
}

describe('inline explanations', () => {
  let test: TestContext;
  let inline: Disposable;

  // Loads lazy modules beforehand.
  before(() => import('../../src/vscode/inlineSurfaces.ts'));
  beforeEach(async () => {
    test = await createTestContext();
    // The document contains only error texts.
    const incidents = { incidents: [], onDidChange: new Emitter<void>().event };
    test = { ...test, context: { ...test.context, incidents } as never };
    editor.settings.set(SETTING, 'off');
    inline = registerInline(test.context);
  });
  afterEach(() => {
    inline.dispose();
    test.dispose();
  });

  /** Shows logs in editors. */
  function show(...editors: FakeTextEditor[]): void {
    editor.editors = editors;
    editor.visibleEditorsChanged.fire(editors);
  }
  const notes = (shown: FakeTextEditor): number | undefined => shown.drawn.at(-1)?.length;
  /** Advances the clock and waits for lazy modules. */
  async function pass(ms: number): Promise<void> {
    for (let times = 0; times < 5; times++) await settled();
    await test.clock.advance(ms);
    for (let times = 0; times < 5; times++) await settled();
  }

  it('draws nothing while the setting is off, draws immediately when it is turned on, and removes it', async () => {
    const log = new FakeTextEditor('/a.log', [WEEK, 'all is well', CONCURRENCY]);
    show(log);
    await pass(1000);
    assert.deepEqual(log.drawn, []);
    editor.set(SETTING, 'all');
    await pass(1000);
    assert.equal(notes(log), 2);
    editor.set(SETTING, 'off');
    await pass(1000);
    assert.equal(notes(log), 0);
  });

  it('draws in a log that never pauses', async () => {
    editor.set(SETTING, 'all');
    const log = new FakeTextEditor('/a.log', [WEEK]);
    show(log);
    await pass(1000);
    for (let index = 1; index <= 60; index++) {
      log.lines.push(CONCURRENCY);
      log.see(0, index);
      editor.documentChanged.fire({ document: log.document });
      await test.clock.advance(20);
    }
    assert.ok((log.marked.at(-1) ?? 0) > 30, `${log.marked.at(-1)} marks`);
  });

  /** The notes of a log by their line, with the cursor in a line. */
  async function notesOf(lines: readonly string[], cursor = 0): Promise<[number, string][]> {
    editor.set(SETTING, 'all');
    const log = new FakeTextEditor('/a.log', lines);
    log.selection = { active: { line: cursor } };
    show(log);
    await pass(1000);
    assert.ok(log.drawn.at(-1)?.every(({ renderOptions }) => renderOptions.after));
    return (log.drawn.at(-1) ?? []).map(({ range, renderOptions }) => [
      range.start.line,
      renderOptions.after?.contentText ?? '',
    ]);
  }

  it('one note stands for a run of equal causes, with lines in between', async () => {
    const lines = [CONCURRENCY, CONCURRENCY, 'all is well', CONCURRENCY, WEEK, CONCURRENCY];
    assert.deepEqual(await notesOf(lines), [
      [0, '3 × Too many parallel requests'],
      [4, 'Weekly quota used up'],
      [5, 'Too many parallel requests'],
    ]);
  });

  it('a long line has a mark, and a note only at the cursor', async () => {
    const long = `2026-11-21T10:00:01Z ERROR request failed: ${WEEK}`;
    assert.ok(long.length > 120);
    const lines = ['fine', long, long, 'fine'];
    assert.deepEqual(await notesOf(lines, 0), []);
    assert.equal(editor.editors[0]?.marked.at(-1), 2);
    assert.deepEqual(await notesOf(lines, 2), [[2, '2 × Weekly quota used up']]);
  });

  it('a wrapped line has a note only at the cursor', async () => {
    editor.settings.set('editor.wordWrap', 'on');
    const lines = ['fine', CONCURRENCY];
    assert.deepEqual(await notesOf(lines, 0), []);
    assert.deepEqual(await notesOf(lines, 1), [[1, 'Too many parallel requests']]);
    editor.settings.delete('editor.wordWrap');
  });

  it('draws nothing for changes of hidden documents', async () => {
    editor.set(SETTING, 'all');
    const log = new FakeTextEditor('/a.log', [WEEK]);
    show(log);
    await pass(1000);
    const before = log.drawn.length;
    editor.documentChanged.fire({ document: new FakeTextEditor('/b.log', [WEEK]).document });
    await pass(1000);
    assert.equal(log.drawn.length, before);
  });

  it('survives a log that is cleared during drawing', async () => {
    editor.set(SETTING, 'all');
    const log = new FakeTextEditor('/a.log', [WEEK, WEEK, WEEK]);
    show(log);
    await pass(99);
    void test.clock.advance(1);
    log.lines = [];
    await pass(1000);
    assert.deepEqual(test.log.lines, []);
  });

  it('links each hover to its own explanation, whatever was hovered since', async () => {
    const { provideHover } = editor.providers.get('hover') as unknown as HoverProvider;
    const log = new FakeTextEditor('/a.log', [CONCURRENCY, WEEK]);
    const links: string[] = [];
    for (const line of [0, 1]) {
      const hover = await provideHover(log.document, { line });
      const [, link = ''] = /\(command:([^)]*)\)/.exec(hover?.contents.value ?? '') ?? [];
      links.push(link);
    }
    const opened: string[] = [];
    for (const link of [...links, 'kimiQuota.explainHovered?99', 'kimiQuota.explainHovered?{}']) {
      const [command = '', argument = ''] = link.split('?');
      editor.run(command, argument);
      const panel = editor.panels.at(-1);
      panel?.say({ kind: 'ready', span: '24h' });
      await pass(1000);
      opened.push(JSON.stringify(panel?.posted.at(-1)));
    }
    assert.match(opened[0]!, /concurrent request limit/);
    assert.match(opened[1]!, /weekly \(7-day\) usage limit/);
    // An unknown hover number does nothing.
    assert.equal(editor.panels.length, 1);
    assert.doesNotMatch(opened[2]! + opened[3]!, /concurrent/);
  });

  it('links an error in a terminal, and opens its text', async () => {
    const links = editor.providers.get('terminalLinks') as unknown as LinkProvider;
    assert.deepEqual(await links.provideTerminalLinks({ line: '429 files were read' }), []);
    const [link] = await links.provideTerminalLinks({ line: `  ${WEEK}` });
    assert.equal(link?.length, WEEK.length);
    await links.handleTerminalLink(link);
    assert.equal(editor.panels.length, 1);
  });
});

describe('LineExplainer', () => {
  const failures: TailedFailure[] = [
    { ...tailed(fail(0, { session: 'a' })), file: '/a.log', byteOffset: 0 },
    { ...tailed(fail(0, { session: 'b' })), file: '/a.log', byteOffset: 200 },
    { ...tailed(fail(0, { session: 'a' })), file: '/other.log', byteOffset: 0 },
  ];
  const at = failures[0]!.signal.at;
  const incidents = ['a', 'b'].map(session =>
    incidentOf(session, {
      from: at,
      to: at,
      places: [{ agent: 'kimi-code', session, count: 1 }],
      placeCount: 1,
    }),
  );
  let changed: Emitter<void>;
  let placed: number[];
  let explainer: LineExplainer;

  beforeEach(() => {
    changed = new Emitter();
    placed = [];
    explainer = new LineExplainer({
      archive: { readEvents: async () => failures },
      incidents: { incidents, onDidChange: changed.event },
      pathOf: ({ file }: TailedFailure) => file,
      placeOf: async ({ file, byteOffset }: TailedFailure) => {
        placed.push(byteOffset);
        return { path: file, line: byteOffset === 0 ? 0 : 2 };
      },
    } as never);
  });

  const idAt = async (log: FakeTextEditor, line: number): Promise<string | undefined> => {
    const explained = await explainer.explain(log.document as never, line);
    return explained?.kind === 'incident' ? explained.incident.id : explained?.kind;
  };

  it('finds the incident of a record by its line in the file', async () => {
    assert.equal(Uri.file('/a.log').toString(), 'file:///a.log');
    const log = new FakeTextEditor('/a.log', [WEEK, 'fine', CONCURRENCY, WEEK]);
    const ids = await Promise.all([0, 1, 2, 3, 4].map(line => idAt(log, line)));
    assert.deepEqual(ids, ['a', undefined, 'b', 'words', undefined]);
    // Once, in file order.
    assert.deepEqual(placed, [0, 200]);
  });

  it('uses only the text if the document differs from the file', async () => {
    const log = new FakeTextEditor('/a.log', [WEEK]);
    log.document.isDirty = true;
    assert.equal(await idAt(log, 0), 'words');
  });

  it('reads new failures after a change, and has no listener once disposed', async () => {
    const log = new FakeTextEditor('/a.log', [WEEK]);
    await idAt(log, 0);
    changed.fire();
    await idAt(log, 0);
    assert.equal(placed.length, 4);
    explainer.dispose();
    assert.equal(changed.listenerCount, 0);
  });
});
