import { Uri, type TextDocument } from 'vscode';
import { incidentOfFailure, type Explained } from '../core/inline/explained.ts';
import { isWorthTelling, wordsOfText } from '../core/inline/wordsOfText.ts';
import type { TailedFailure } from '../core/tail.ts';
import type { CommandContext } from './commandContext.ts';

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
