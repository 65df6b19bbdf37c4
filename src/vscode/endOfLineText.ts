import {
  languages,
  Range,
  ThemeColor,
  window,
  workspace,
  type DecorationOptions,
  type TextEditor,
} from 'vscode';
import { DisposableStore, MutableDisposable } from '../core/disposables.ts';
import type { Disposable } from '../core/event.ts';
import { explanationOf } from '../core/inline/explained.ts';
import type { CommandContext } from './commandContext.ts';
import type { LineExplainer } from './lineExplainer.ts';
import { logDocuments } from './logDocuments.ts';

/** While somebody scrolls, nothing is drawn. */
const DEBOUNCE_MS = 100;
/** The end of a longer line is off the screen: a few words stand in front of it. */
const LONGEST_LINE = 120;
/** Beyond that a screen shows no more. */
const MOST_LINES = 200;

/** Our words after the errors that are on the screen. No word of the log is in them. */
export class EndOfLineText implements Disposable {
  readonly #own = new DisposableStore();
  readonly #waiting = this.#own.add(new MutableDisposable());
  readonly #context: CommandContext;
  readonly #lines: LineExplainer;
  readonly #decoration = this.#own.add(window.createTextEditorDecorationType({}));

  constructor(context: CommandContext, lines: LineExplainer) {
    this.#context = context;
    this.#lines = lines;
    const events = [
      window.onDidChangeTextEditorVisibleRanges,
      window.onDidChangeTextEditorSelection,
      workspace.onDidChangeConfiguration,
      context.incidents.onDidChange,
    ];
    for (const event of events) this.#own.add(event(() => this.drawSoon()));
  }

  drawSoon(): void {
    this.#waiting.value = this.#context.clock.after(DEBOUNCE_MS, () => {
      for (const editor of window.visibleTextEditors) void this.#draw(editor);
    });
  }

  async #draw(editor: TextEditor): Promise<void> {
    const { document } = editor;
    if (languages.match(logDocuments, document) === 0) return;
    const { version } = document;
    const decorations: DecorationOptions[] = [];
    for (const line of this.#linesOf(editor)) {
      const decoration = await this.#decorationOf(editor, line);
      if (decoration) decorations.push(decoration);
    }
    // The next drawing is on its way.
    if (document.version === version) editor.setDecorations(this.#decoration, decorations);
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
      .slice(0, MOST_LINES);
  }

  async #decorationOf(
    { document }: TextEditor,
    line: number,
  ): Promise<DecorationOptions | undefined> {
    const explained = await this.#lines.explain(document, line);
    if (!explained) return undefined;
    const { clock, locale } = this.#context;
    const { title, retry } = explanationOf(explained, { locale, now: clock.now() });
    const contentText = retry === '' ? title : locale.t('{0}: {1}', title, retry);
    const color = new ThemeColor('editorCodeLens.foreground');
    const { end, start } = document.lineAt(line).range;
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
