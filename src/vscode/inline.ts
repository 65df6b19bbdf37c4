import { languages, type TextEditor, window, workspace } from 'vscode';
import { type Disposable, DisposableStore } from '../core/base/event.ts';
import type { CommandContext } from './commandContext.ts';
import type { ErrorLink, InlineSurfaces } from './inlineSurfaces.ts';
import { explainedDocuments, logDocuments } from './logDocuments.ts';

/**
 * Explanations where an error is seen. What they are made of is loaded when the first line is
 * pointed at, or the first log is opened: most windows never do either.
 */
export function registerInline(context: CommandContext): Disposable {
  const own = new DisposableStore();
  let loading: Promise<InlineSurfaces> | undefined;
  const surfaces = () =>
    (loading ??= import('./inlineSurfaces.ts').then(file =>
      own.add(new file.InlineSurfaces(context)),
    ));
  own.add(
    languages.registerHoverProvider(explainedDocuments, {
      provideHover: async (document, position) => (await surfaces()).hover(document, position.line),
    }),
  );
  own.add(
    window.registerTerminalLinkProvider({
      provideTerminalLinks: async ({ line }) => (await surfaces()).terminalLinks(line),
      handleTerminalLink: async ({ words }: ErrorLink) => (await surfaces()).openWords(words),
    }),
  );
  own.add(
    languages.registerCodeLensProvider(logDocuments, {
      provideCodeLenses: async document =>
        context.settings()['inline.codeLens'] ? (await surfaces()).codeLenses(document) : [],
    }),
  );
  const drawIfLog = (editors: readonly TextEditor[]): void => {
    const isShown = ({ document }: TextEditor): boolean =>
      languages.match(logDocuments, document) > 0;
    if (context.settings()['inline.endOfLine'] !== 'off' && editors.some(isShown))
      void surfaces().then(shown => shown.draw());
  };
  own.add(window.onDidChangeVisibleTextEditors(drawIfLog));
  own.add(workspace.onDidChangeTextDocument(() => drawIfLog(window.visibleTextEditors)));
  own.add(context.clock.after(0, () => drawIfLog(window.visibleTextEditors)));
  return own;
}
