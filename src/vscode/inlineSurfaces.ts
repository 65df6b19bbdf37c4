import {
  commands,
  type DecorationOptions,
  Hover,
  languages,
  MarkdownString,
  Range,
  type TerminalLink,
  type TextDocument,
  type TextEditor,
  ThemeColor,
  Uri,
  window,
  workspace,
} from 'vscode';
import type { TailedFailure } from '../core/agents/tail.ts';
import { Debounce, inBackground } from '../core/base/background.ts';
import { type Disposable, DisposableStore } from '../core/base/event.ts';
import { type ExplainedWords, isWorthTelling, wordsOfText } from '../core/errors/wordsOfText.ts';
import { type Explained, explanationOf, incidentOfFailure } from '../core/explain/explained.ts';
import type { CommandContext } from './commandContext.ts';
import { logDocuments } from './logDocuments.ts';
import { EXPLAIN_HOVERED, explanationMarkdown } from './markdown.ts';
import { openExplained, openWords } from './quotaPanel.ts';

/** Failures whose records may be in an open document. */
const MOST_FAILURES = 2000;

type FailuresByFile = ReadonlyMap<string, readonly TailedFailure[]>;
type FailuresByLine = ReadonlyMap<number, TailedFailure>;

/** The parts of a document that are read: its lines. */
export type ExplainedDocument = Pick<TextDocument, 'uri' | 'isDirty' | 'lineCount' | 'lineAt'>;

/** Explains a line of a document by the incident of its record, or only by its text. */
export class LineExplainer implements Disposable {
  readonly #context: Pick<CommandContext, 'archive' | 'incidents' | 'pathOf' | 'placeOf'>;
  readonly #own = new DisposableStore();
  readonly #lines = new WeakMap<readonly TailedFailure[], Promise<FailuresByLine>>();
  #failures: Promise<FailuresByFile> | undefined;

  constructor(context: Pick<CommandContext, 'archive' | 'incidents' | 'pathOf' | 'placeOf'>) {
    this.#context = context;
    this.#own.add(context.incidents.onDidChange(() => (this.#failures = undefined)));
  }

  /** Undefined if the line has no Kimi error, or none worth an unrequested explanation. */
  async explain(document: ExplainedDocument, line: number): Promise<Explained | undefined> {
    // An output channel may have been cleared in the meantime.
    if (line >= document.lineCount) return undefined;
    const words = wordsOfText(document.lineAt(line).text);
    if (!words) return undefined;
    const failure = await this.#failureAt(document, line);
    const incident = failure && incidentOfFailure(failure, this.#context.incidents.incidents);
    if (incident) return { kind: 'incident', incident };
    return isWorthTelling(words) ? { kind: 'words', words } : undefined;
  }

  /** The lines of an edited document differ from the file. */
  async #failureAt({ uri, isDirty }: ExplainedDocument, line: number) {
    if (isDirty) return undefined;
    this.#failures ??= this.#readFailures();
    const failures = (await this.#failures).get(uri.toString());
    if (!failures) return undefined;
    const lines = this.#lines.get(failures) ?? this.#readLines(failures);
    this.#lines.set(failures, lines);
    return (await lines).get(line);
  }

  async #readFailures(): Promise<FailuresByFile> {
    const { archive, pathOf } = this.#context;
    const byFile = new Map<string, TailedFailure[]>();
    for (const failure of await archive.readEvents({ limit: MOST_FAILURES })) {
      const uri = Uri.file(pathOf(failure)).toString();
      byFile.set(uri, [...(byFile.get(uri) ?? []), failure]);
    }
    return byFile;
  }

  /** In file order, so that each part of the file is read once. */
  async #readLines(failures: readonly TailedFailure[]): Promise<FailuresByLine> {
    const lines = new Map<number, TailedFailure>();
    for (const failure of failures.toSorted((a, b) => a.byteOffset - b.byteOffset)) {
      const place = await this.#context.placeOf(failure);
      if (place) lines.set(place.line, failure);
    }
    return lines;
  }

  dispose(): void {
    this.#own.dispose();
  }
}

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

/** A link under an error text in a terminal. */
export interface ErrorLink extends TerminalLink {
  readonly words: ExplainedWords;
}

/** Maximum length of a link. */
const LONGEST_LINK = 300;
/** Maximum of visible hovers. */
const MOST_HOVERED = 20;

/** Hovers, terminal links and text at the end of lines. */
export class InlineSurfaces implements Disposable {
  readonly #own = new DisposableStore();
  readonly #context: CommandContext;
  readonly #lines: LineExplainer;
  readonly #endOfLine: EndOfLineText;
  /**
   * What each hover explains, by the number in its link, so that a link argument can't contain
   * text.
   */
  readonly #hovered = new Map<number, Explained>();
  #hoverCount = 0;

  constructor(context: CommandContext) {
    this.#context = context;
    this.#lines = this.#own.add(new LineExplainer(context));
    this.#endOfLine = this.#own.add(new EndOfLineText(context, this.#lines));
    this.#own.add(
      commands.registerCommand(EXPLAIN_HOVERED, number =>
        this.#open(this.#hovered.get(Number(number))),
      ),
    );
  }

  draw(): void {
    this.#endOfLine.drawSoon();
  }

  async hover(document: TextDocument, line: number): Promise<Hover | undefined> {
    const { range } = document.lineAt(line);
    const explained = await this.#lines.explain(document, line);
    if (!explained) return undefined;
    const { clock, locale, settings } = this.#context;
    const options = { locale, now: clock.now(), region: settings().region };
    const number = this.#remember(explained);
    const text = explanationMarkdown(explanationOf(explained, options), number, locale.t);
    const markdown = new MarkdownString(text, true);
    markdown.isTrusted = { enabledCommands: [EXPLAIN_HOVERED] };
    return new Hover(markdown, range);
  }

  #remember(explained: Explained): number {
    const number = ++this.#hoverCount;
    this.#hovered.set(number, explained);
    this.#hovered.delete(number - MOST_HOVERED);
    return number;
  }

  terminalLinks(line: string): ErrorLink[] {
    const words = wordsOfText(line);
    if (!words || !isWorthTelling(words)) return [];
    const startIndex = Math.max(0, line.search(/\S/));
    const length = Math.min(line.trimEnd().length - startIndex, LONGEST_LINK);
    const tooltip = this.#context.locale.t('Explain Kimi error');
    return [{ startIndex, length, tooltip, words }];
  }

  openWords(words: ExplainedWords): void {
    openWords(this.#context, words);
  }

  #open(explained: Explained | undefined): void {
    if (explained) openExplained(this.#context, explained);
  }

  dispose(): void {
    this.#own.dispose();
  }
}
