import { env, UIKind, window } from 'vscode';
import { inBackground } from '../core/base/background.ts';
import { supportIdsIn } from '../core/agents/supportIds.ts';
import { idLines } from '../core/diagnosis/idLines.ts';
import { wordsOfText } from '../core/errors/wordsOfText.ts';
import { isCurrent } from '../core/incidents/incident.ts';
import type { CommandContext } from './commandContext.ts';
import { openPanel, openWords } from './quotaPanel.ts';

/** A longer clipboard is a document. */
const LONGEST_OFFER = 4000;

/** Sources of a text to explain; undefined if there is none. */
const TEXTS = {
  /** The selection in the editor, otherwise the current line. */
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

/** Explains a text from one of these sources. */
export async function explainText(
  context: CommandContext,
  source: keyof typeof TEXTS,
): Promise<void> {
  const text = await TEXTS[source](context);
  if (text === undefined) return;
  const words = wordsOfText(text);
  const ids = idLines(supportIdsIn(text), context.locale.t);
  if (words) return openWords(context, { ...words, ids });
  await window.showInformationMessage(context.locale.t('No known API error in this text.'));
}

/**
 * The terminal's selection. All supported versions have it, although its type isn't final
 * (microsoft/vscode#188173). Copying instead would lose the clipboard: an extension can restore
 * text there, but no pictures or files.
 */
function terminalSelection(): string | undefined {
  const terminal = window.activeTerminal as { readonly selection?: unknown } | undefined;
  const selection = terminal?.selection;
  return typeof selection === 'string' && selection !== '' ? selection : undefined;
}

/** The clipboard is offered only if it contains an error. A browser would ask for permission first. */
async function askForText({ locale: { t } }: CommandContext): Promise<string | undefined> {
  const copied = env.uiKind === UIKind.Desktop ? await env.clipboard.readText() : '';
  const text = await window.showInputBox({
    ...(copied.length <= LONGEST_OFFER && wordsOfText(copied) ? { value: copied } : {}),
    title: t('Explain an Error'),
    prompt: t('Paste the error message. It never leaves this machine.'),
    ignoreFocusOut: true,
  });
  return text?.trim() === '' ? undefined : text;
}

/**
 * Explains the incident in the status bar, otherwise the newest that may be Kimi's, otherwise the
 * newest.
 */
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
