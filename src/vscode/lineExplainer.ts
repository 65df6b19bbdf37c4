import { type TextDocument, Uri } from 'vscode';
import type { TailedFailure } from '../core/agents/tail.ts';
import { type Disposable, DisposableStore } from '../core/base/event.ts';
import { isWorthTelling, wordsOfText } from '../core/errors/wordsOfText.ts';
import { type Explained, incidentOfFailure } from '../core/explain/explained.ts';
import type { CommandContext } from './commandContext.ts';

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

  /** Known failures of a document, also outside the screen: their lines. */
  async failureLines({ uri, isDirty }: ExplainedDocument): Promise<readonly number[]> {
    if (isDirty) return [];
    return [...(await this.#failuresIn(uri)).keys()];
  }

  /** The lines of an edited document differ from the file. */
  async #failureAt({ uri, isDirty }: ExplainedDocument, line: number) {
    return isDirty ? undefined : (await this.#failuresIn(uri)).get(line);
  }

  async #failuresIn(uri: Uri): Promise<FailuresByLine> {
    this.#failures ??= this.#readFailures();
    const failures = (await this.#failures).get(uri.toString());
    if (!failures) return new Map();
    const lines = this.#lines.get(failures) ?? this.#readLines(failures);
    this.#lines.set(failures, lines);
    return lines;
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
