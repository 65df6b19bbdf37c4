import { languages, type TextEditor, window, workspace } from 'vscode';
import { inBackground } from '../core/base/background.ts';
import { type Disposable, DisposableStore } from '../core/base/event.ts';
import type { CommandContext } from './commandContext.ts';
import type { ErrorLink, InlineSurfaces } from './inlineSurfaces.ts';
import { explainedDocuments, logDocuments } from './logDocuments.ts';

/**
 * Explanations in documents and terminals. The code is loaded when the first line is hovered or the
 * first log is opened: most windows do neither.
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
  const drawIfLog = (editors = window.visibleTextEditors): void => {
    const isLog = ({ document }: TextEditor): boolean =>
      languages.match(logDocuments, document) > 0;
    if (context.settings()['inline.endOfLine'] === 'off' || !editors.some(isLog)) return;
    inBackground(
      surfaces().then(shown => shown.draw()),
      context.log,
    );
  };
  own.add(window.onDidChangeVisibleTextEditors(drawIfLog));
  own.add(
    workspace.onDidChangeTextDocument(({ document }) =>
      drawIfLog(window.visibleTextEditors.filter(editor => editor.document === document)),
    ),
  );
  // Once loaded, it updates itself.
  own.add(
    workspace.onDidChangeConfiguration(event => {
      if (event.affectsConfiguration('kimiQuota.inline')) drawIfLog();
    }),
  );
  own.add(context.clock.after(0, () => drawIfLog()));
  return own;
}
