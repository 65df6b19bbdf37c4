import { env, window } from 'vscode';
import { inBackground } from '../core/base/background.ts';
import { wordsOfText } from '../core/errors/wordsOfText.ts';
import { isCurrent } from '../core/incidents/incident.ts';
import type { CommandContext } from './commandContext.ts';
import { openPanel, openWords } from './quotaPanel.ts';

/** Where a text to explain comes from; undefined: nobody gave one. */
const TEXTS = {
  /** What is selected in the editor, else the line of the cursor. */
  selection: async () => {
    const { document, selection } = window.activeTextEditor ?? {};
    if (!document || !selection) return '';
    const selected = document.getText(selection);
    return selected.trim() === '' ? document.lineAt(selection.active.line).text : selected;
  },
  clipboard: async () => env.clipboard.readText(),
  terminal: async context => terminalSelection() ?? askForText(context),
  typed: async context => askForText(context),
} as const satisfies Record<string, (context: CommandContext) => Promise<string | undefined>>;

/** Explains a text from one of these places. */
export async function explainText(
  context: CommandContext,
  source: keyof typeof TEXTS,
): Promise<void> {
  const text = await TEXTS[source](context);
  if (text === undefined) return;
  const words = wordsOfText(text);
  if (words) return openWords(context, words);
  await window.showInformationMessage(context.locale.t('No known API error in this text.'));
}

/**
 * What is selected in the terminal. Every supported editor has it, though its type is not final
 * (microsoft/vscode #188173). To copy it would lose what is on the clipboard: an extension can
 * restore texts there, but no pictures and files.
 */
function terminalSelection(): string | undefined {
  const terminal = window.activeTerminal as { readonly selection?: unknown } | undefined;
  const selection = terminal?.selection;
  return typeof selection === 'string' && selection !== '' ? selection : undefined;
}

async function askForText({ locale: { t } }: CommandContext): Promise<string | undefined> {
  const text = await window.showInputBox({
    title: t('Explain an Error'),
    prompt: t('Paste the error message. It never leaves this machine.'),
    ignoreFocusOut: true,
  });
  return text?.trim() === '' ? undefined : text;
}

/** Explains what the status bar tells of now; else the newest incident that may be Kimi's; else any. */
export async function explainLastError(context: CommandContext): Promise<void> {
  const { archive, clock, locale, log } = context;
  const newestFirst = [...(await archive.readIncidents({ limit: 50 }))].reverse();
  const now = clock.now();
  const incident =
    newestFirst.find(each => isCurrent(each, now)) ??
    newestFirst.find(({ provider }) => provider !== 'other') ??
    newestFirst[0];
  if (incident) return openPanel(context, incident.id);
  const words = locale.t('No failed requests so far.');
  inBackground(window.showInformationMessage(words), log);
}
