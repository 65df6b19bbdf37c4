import {
  languages,
  OverviewRulerLane,
  Range,
  type TextDocument,
  type TextEditor,
  ThemeColor,
  Uri,
  window,
  workspace,
} from 'vscode';
import { Debounce, inBackground } from '../core/base/background.ts';
import { type Disposable, DisposableStore } from '../core/base/event.ts';
import { type ExplainedLine, type LineRun, noteOf, runsOf } from '../core/status/lineNotes.ts';
import type { CommandContext } from './commandContext.ts';
import { situationOf } from './headlineCommands.ts';
import type { LineExplainer } from './lineExplainer.ts';
import { logDocuments } from './logDocuments.ts';

/** Nothing is drawn during scrolling; the maximum is for logs that never pause. */
const QUIET_MS = 100;
const LONGEST_MS = 500;
/** The end of a longer line is off-screen. */
const LONGEST_LINE = 120;
/** Maximum of lines on a screen. */
const MOST_LINES = 200;

/** A dot in the gutter, readable on light and dark backgrounds. */
const DOT = `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16"><circle cx="8" cy="8" r="4" fill="#d29922"/></svg>`;

/**
 * Notes next to errors in a log, one for a run of equal causes, always after the text. Long or wrapped
 * lines have a mark in the gutter and the ruler, and a note only at the cursor. Notes contain no log
 * text.
 */
export class LineNotes implements Disposable {
  readonly #own = new DisposableStore();
  readonly #context: CommandContext;
  readonly #lines: LineExplainer;
  readonly #notes = this.#own.add(window.createTextEditorDecorationType({}));
  readonly #marks = this.#own.add(
    window.createTextEditorDecorationType({
      gutterIconPath: Uri.parse(`data:image/svg+xml,${encodeURIComponent(DOT)}`),
      overviewRulerColor: new ThemeColor('editorWarning.foreground'),
      overviewRulerLane: OverviewRulerLane.Right,
    }),
  );
  readonly #drawing: Debounce;

  constructor(context: CommandContext, lines: LineExplainer) {
    this.#context = context;
    this.#lines = lines;
    const { clock, incidents, log } = context;
    const run = (): void => {
      for (const editor of window.visibleTextEditors) inBackground(this.#draw(editor), log);
    };
    const times = { quietMs: QUIET_MS, longestMs: LONGEST_MS };
    this.#drawing = this.#own.add(new Debounce({ clock, ...times, run }));
    const events = [
      window.onDidChangeTextEditorVisibleRanges,
      window.onDidChangeTextEditorSelection,
      workspace.onDidChangeConfiguration,
      incidents.onDidChange,
    ];
    for (const event of events) this.#own.add(event(() => this.drawSoon()));
  }

  drawSoon(): void {
    this.#drawing.ask();
  }

  async #draw(editor: TextEditor): Promise<void> {
    const { document, selection } = editor;
    if (languages.match(logDocuments, document) === 0) return;
    const choice = this.#context.settings()['inline.endOfLine'];
    const cursor = selection.active.line;
    const lines = choice === 'off' ? [] : choice === 'currentLine' ? [cursor] : visible(editor);
    const explained: ExplainedLine[] = [];
    for (const line of lines) {
      const known = await this.#lines.explain(document, line);
      if (known) explained.push({ line, explained: known });
    }
    const known = choice === 'all' ? await this.#lines.failureLines(document) : [];
    const marked = choice === 'all' ? [...explained.map(({ line }) => line), ...known] : [];
    // Also if the document has grown: another drawing follows, but may be just as late.
    editor.setDecorations(
      this.#notes,
      runsOf(explained).flatMap(run => this.#noteOf(document, run, cursor)),
    );
    editor.setDecorations(
      this.#marks,
      [...new Set(marked)].map(line => new Range(line, 0, line, 0)),
    );
  }

  #noteOf(document: TextDocument, run: LineRun, cursor: number) {
    const [{ line: first }] = run.lines;
    const line = isLong(document, first)
      ? run.lines.find(each => each.line === cursor)?.line
      : first;
    if (line === undefined || line >= document.lineCount) return [];
    const { end } = document.lineAt(line).range;
    const { locale, settings } = this.#context;
    const options = { locale, region: settings().region };
    const contentText = noteOf(run, situationOf(this.#context), options);
    const color = new ThemeColor('editorCodeLens.foreground');
    return [
      {
        range: new Range(end, end),
        renderOptions: { after: { contentText, color, margin: '0 0 0 3ch' } },
      },
    ];
  }

  dispose(): void {
    this.#own.dispose();
  }
}

const visible = ({ visibleRanges, document }: TextEditor): number[] =>
  visibleRanges
    .flatMap(({ start, end }) =>
      Array.from({ length: end.line - start.line + 1 }, (_, index) => start.line + index),
    )
    .filter(line => line < document.lineCount)
    .slice(0, MOST_LINES);

/** A note would be off-screen, or in the way of the next row. */
function isLong(document: TextDocument, line: number): boolean {
  if (line >= document.lineCount) return true;
  const wrap = workspace.getConfiguration('editor', document).get('wordWrap', 'off');
  return wrap !== 'off' || document.lineAt(line).range.end.character > LONGEST_LINE;
}
