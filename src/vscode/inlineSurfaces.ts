import { commands, Hover, MarkdownString, type TerminalLink, type TextDocument } from 'vscode';
import { type Disposable, DisposableStore } from '../core/base/event.ts';
import { type ExplainedWords, isWorthTelling, wordsOfText } from '../core/errors/wordsOfText.ts';
import { type Explained, explanationOf } from '../core/explain/explained.ts';
import { quotaNow } from '../core/explain/quotaNow.ts';
import { headlineOfLine } from '../core/status/lineNotes.ts';
import type { CommandContext } from './commandContext.ts';
import { LineExplainer } from './lineExplainer.ts';
import { LineNotes } from './lineNotes.ts';
import { EXPLAIN_HOVERED, explanationMarkdown } from './markdown.ts';
import { openExplained, openWords } from './quotaPanel.ts';
import { situationOf } from './headlineCommands.ts';

/** A link under an error text in a terminal. */
export interface ErrorLink extends TerminalLink {
  readonly words: ExplainedWords;
}

/** Maximum length of a link. */
const LONGEST_LINK = 300;
/** Maximum of visible hovers. */
const MOST_HOVERED = 20;

/** Hovers, terminal links and notes in logs. */
export class InlineSurfaces implements Disposable {
  readonly #own = new DisposableStore();
  readonly #context: CommandContext;
  readonly #lines: LineExplainer;
  readonly #notes: LineNotes;
  /**
   * What each hover explains, by the number in its link, so that a link argument can't contain
   * text.
   */
  readonly #hovered = new Map<number, Explained>();
  #hoverCount = 0;

  constructor(context: CommandContext) {
    this.#context = context;
    this.#lines = this.#own.add(new LineExplainer(context));
    this.#notes = this.#own.add(new LineNotes(context, this.#lines));
    this.#own.add(
      commands.registerCommand(EXPLAIN_HOVERED, number =>
        this.#open(this.#hovered.get(Number(number))),
      ),
    );
  }

  draw(): void {
    this.#notes.drawSoon();
  }

  async hover(document: TextDocument, line: number): Promise<Hover | undefined> {
    const { range } = document.lineAt(line);
    const explained = await this.#lines.explain(document, line);
    if (!explained) return undefined;
    const { locale, settings } = this.#context;
    const situation = situationOf(this.#context);
    const { account, now } = situation;
    const quota = quotaNow(account.view, locale.t);
    const options = { locale, now, region: settings().region, ...(quota ? { quota } : {}) };
    const number = this.#remember(explained);
    const present = headlineOfLine(explained, situation, options);
    const explanation = explanationOf(explained, options);
    // What to do now is of the headline, and there is nothing to do for the past.
    const retry = explained.kind === 'words' ? explanation.retry : (present?.now ?? '');
    const text = explanationMarkdown({ ...explanation, retry }, number, locale.t);
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
