import {
  CodeLens,
  commands,
  Hover,
  MarkdownString,
  Range,
  window,
  type TerminalLink,
  type TextDocument,
} from 'vscode';
import { DisposableStore } from '../core/disposables.ts';
import type { Disposable } from '../core/event.ts';
import type { ExplainedWords } from '../core/incidents/explain.ts';
import { explanationOf, incidentOfWords, type Explained } from '../core/inline/explained.ts';
import { isWorthTelling, wordsOfText } from '../core/inline/wordsOfText.ts';
import type { CommandContext } from './commandContext.ts';
import { EndOfLineText } from './endOfLineText.ts';
import { EXPLAIN_HOVERED, explanationMarkdown } from './explanationMarkdown.ts';
import { LineExplainer } from './lineExplainer.ts';
import { openExplained } from './quotaPanel.ts';

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
