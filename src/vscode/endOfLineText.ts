import {
  type DecorationOptions,
  languages,
  Range,
  type TextEditor,
  ThemeColor,
  window,
  workspace,
} from 'vscode';
import { inBackground } from '../core/base/background.ts';
import { Debounce } from '../core/base/debounce.ts';
import { type Disposable, DisposableStore } from '../core/base/event.ts';
import { explanationOf } from '../core/explain/explained.ts';
import type { CommandContext } from './commandContext.ts';
import type { LineExplainer } from './lineExplainer.ts';
import { logDocuments } from './logDocuments.ts';

/** Nothing is drawn during scrolling; the maximum is for logs that never pause. */
const QUIET_MS = 100;
const LONGEST_MS = 500;
/** The end of a longer line is off-screen, so the text appears in front. */
const LONGEST_LINE = 120;
/** Maximum of lines on a screen. */
const MOST_NOTES = 200;

/** Explanations after visible errors. They contain no log text. */
export class EndOfLineText implements Disposable {
  readonly #own = new DisposableStore();
  readonly #context: CommandContext;
  readonly #lines: LineExplainer;
  readonly #decoration = this.#own.add(window.createTextEditorDecorationType({}));
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
    if (languages.match(logDocuments, editor.document) === 0) return;
    const decorations: DecorationOptions[] = [];
    for (const line of this.#linesOf(editor)) {
      const decoration = await this.#decorationOf(editor, line);
      if (decoration) decorations.push(decoration);
    }
    // Also if the document has grown: another drawing follows, but may be just as late.
    editor.setDecorations(this.#decoration, decorations);
  }

  #linesOf({ visibleRanges, selection, document }: TextEditor): number[] {
    const choice = this.#context.settings()['inline.endOfLine'];
    if (choice === 'off') return [];
    if (choice === 'currentLine') return [selection.active.line];
    return visibleRanges
      .flatMap(({ start, end }) =>
        Array.from({ length: end.line - start.line + 1 }, (_, index) => start.line + index),
      )
      .filter(line => line < document.lineCount)
      .slice(0, MOST_NOTES);
  }

  async #decorationOf(
    { document }: TextEditor,
    line: number,
  ): Promise<DecorationOptions | undefined> {
    if (line >= document.lineCount) return undefined;
    const { end, start } = document.lineAt(line).range;
    const explained = await this.#lines.explain(document, line);
    if (!explained) return undefined;
    const { clock, locale } = this.#context;
    const { title, retry } = explanationOf(explained, { locale, now: clock.now() });
    const contentText = retry === '' ? title : locale.t('{0}: {1}', title, retry);
    const color = new ThemeColor('editorCodeLens.foreground');
    return end.character <= LONGEST_LINE
      ? {
          range: new Range(end, end),
          renderOptions: { after: { contentText, color, margin: '0 0 0 3ch' } },
        }
      : {
          range: new Range(start, start),
          renderOptions: { before: { contentText: `${title} »`, color, margin: '0 1ch 0 0' } },
        };
  }

  dispose(): void {
    this.#own.dispose();
  }
}
