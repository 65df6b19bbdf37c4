import {
  CodeLens,
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
import { type Disposable, DisposableStore, MutableDisposable } from '../core/base/event.ts';
import { type ExplainedWords, isWorthTelling, wordsOfText } from '../core/errors/wordsOfText.ts';
import {
  type Explained,
  explanationOf,
  incidentOfFailure,
  incidentOfWords,
} from '../core/explain/explained.ts';
import type { CommandContext } from './commandContext.ts';
import { EXPLAIN_HOVERED, explanationMarkdown } from './markdown.ts';
import { openExplained } from './quotaPanel.ts';
import { logDocuments } from './logDocuments.ts';

/** Beyond that the place of a record is not looked for: its words alone are explained. */
const MOST_LINES = 500_000;
/** Failures that may stand in a document that is open now. */
const MOST_FAILURES = 2000;

interface Offsets {
  readonly version: number;
  /** Bytes before each line. */
  readonly starts: readonly number[];
}

/** What a line of a document tells of: the incident of its record, or what its words mean. */
export class LineExplainer {
  readonly #context: CommandContext;
  readonly #offsets = new WeakMap<TextDocument, Offsets>();
  #failures: Promise<ReadonlyMap<string, readonly TailedFailure[]>> | undefined;

  constructor(context: CommandContext) {
    this.#context = context;
    context.incidents.onDidChange(() => (this.#failures = undefined));
  }

  /** Undefined: nothing of Kimi's, or nothing that is worth a word where nobody asked. */
  async explain(document: TextDocument, line: number): Promise<Explained | undefined> {
    const words = wordsOfText(document.lineAt(line).text);
    if (!words) return undefined;
    const failure = await this.#failureAt(document, line);
    const incident = failure && incidentOfFailure(failure, this.#context.incidents.incidents);
    if (incident) return { kind: 'incident', incident };
    return isWorthTelling(words) ? { kind: 'words', words } : undefined;
  }

  async #failureAt(document: TextDocument, line: number): Promise<TailedFailure | undefined> {
    this.#failures ??= this.#readFailures();
    const failures = (await this.#failures).get(document.uri.toString());
    if (!failures || document.lineCount > MOST_LINES) return undefined;
    const starts = this.#startsOf(document);
    const [from = 0, to = Infinity] = [starts[line], starts[line + 1]];
    return failures.find(({ byteOffset }) => byteOffset >= from && byteOffset < to);
  }

  async #readFailures(): Promise<ReadonlyMap<string, readonly TailedFailure[]>> {
    const { archive, pathOf } = this.#context;
    const byFile = new Map<string, TailedFailure[]>();
    for (const failure of await archive.readEvents({ limit: MOST_FAILURES })) {
      const uri = Uri.file(pathOf(failure)).toString();
      byFile.set(uri, [...(byFile.get(uri) ?? []), failure]);
    }
    return byFile;
  }

  #startsOf(document: TextDocument): readonly number[] {
    const known = this.#offsets.get(document);
    if (known?.version === document.version) return known.starts;
    const encoder = new TextEncoder();
    const lineEnd = document.eol;
    const starts = [0];
    for (let line = 0, at = 0; line < document.lineCount; line++) {
      at += encoder.encode(document.lineAt(line).text).length + lineEnd;
      starts.push(at);
    }
    this.#offsets.set(document, { version: document.version, starts });
    return starts;
  }
}

/** While somebody scrolls, nothing is drawn. */
const DEBOUNCE_MS = 100;
/** The end of a longer line is off the screen: a few words stand in front of it. */
const LONGEST_LINE = 120;
/** Beyond that a screen shows no more. */
const MOST_NOTES = 200;

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
      .slice(0, MOST_NOTES);
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

/** A link under an error text in a terminal. */
export interface ErrorLink extends TerminalLink {
  readonly words: ExplainedWords;
}

/** More lenses than this nobody reads; the list of incidents has them all. */
const MOST_LENSES = 200;
/** A link longer than that is no easier to hit. */
const LONGEST_LINK = 300;

/** Commands of our own links. What they open was noted here: no argument can put words into them. */
const EXPLAIN_LENS = 'kimiQuota.explainLens';

/** Hovers, links, lenses and the text at the end of lines. */
export class InlineSurfaces implements Disposable {
  readonly #own = new DisposableStore();
  readonly #context: CommandContext;
  readonly #lines: LineExplainer;
  readonly #endOfLine: EndOfLineText;
  #hovered: Explained | undefined;
  #lenses: Explained[] = [];

  constructor(context: CommandContext) {
    this.#context = context;
    this.#lines = new LineExplainer(context);
    this.#endOfLine = this.#own.add(new EndOfLineText(context, this.#lines));
    this.#own.add(commands.registerCommand(EXPLAIN_HOVERED, () => this.#open(this.#hovered)));
    this.#own.add(
      commands.registerCommand(EXPLAIN_LENS, index => this.#open(this.#lenses[Number(index)])),
    );
  }

  draw(): void {
    this.#endOfLine.drawSoon();
  }

  async hover(document: TextDocument, line: number): Promise<Hover | undefined> {
    const explained = await this.#lines.explain(document, line);
    if (!explained) return undefined;
    this.#hovered = explained;
    const { clock, locale, settings } = this.#context;
    const options = { locale, now: clock.now(), region: settings().region };
    const text = explanationMarkdown(explanationOf(explained, options), locale.t);
    const markdown = new MarkdownString(text, true);
    markdown.isTrusted = { enabledCommands: [EXPLAIN_HOVERED] };
    return new Hover(markdown, document.lineAt(line).range);
  }

  terminalLinks(line: string): ErrorLink[] {
    const words = wordsOfText(line);
    if (!words || !isWorthTelling(words)) return [];
    const startIndex = Math.max(0, line.search(/\S/));
    const length = Math.min(line.trimEnd().length - startIndex, LONGEST_LINK);
    const tooltip = this.#context.locale.t('Explain Kimi error');
    return [{ startIndex, length, tooltip, words }];
  }

  /** What a terminal says is most likely what a log said just now, of which more is known. */
  openWords(words: ExplainedWords): void {
    const { clock, incidents } = this.#context;
    const incident = incidentOfWords(words, incidents.incidents, clock.now());
    this.#open(incident ? { kind: 'incident', incident } : { kind: 'words', words });
  }

  async codeLenses(document: TextDocument): Promise<CodeLens[]> {
    const { locale } = this.#context;
    const visible = window.visibleTextEditors
      .filter(editor => editor.document === document)
      .flatMap(({ visibleRanges }) => visibleRanges);
    const lenses: CodeLens[] = [];
    this.#lenses = [];
    for (const { start, end } of visible)
      for (let line = start.line; line <= end.line && lenses.length < MOST_LENSES; line++) {
        const explained = await this.#lines.explain(document, line);
        if (!explained) continue;
        const { title } = explanationOf(explained, { locale, now: this.#context.clock.now() });
        lenses.push(
          new CodeLens(new Range(line, 0, line, 0), {
            title,
            command: EXPLAIN_LENS,
            arguments: [this.#lenses.push(explained) - 1],
          }),
        );
      }
    return lenses;
  }

  #open(explained: Explained | undefined): void {
    if (explained) openExplained(this.#context, explained);
  }

  dispose(): void {
    this.#own.dispose();
  }
}
