import { commands, env, window } from 'vscode';
import { wordsOfText } from '../core/errors/wordsOfText.ts';
import { incidentOfWords } from '../core/explain/explained.ts';
import { isCurrent } from '../core/incidents/incident.ts';
import type { CommandContext } from './commandContext.ts';
import { openExplained, openPanel } from './quotaPanel.ts';

/** Explains what is selected in the editor. */
export async function explainSelection(context: CommandContext): Promise<void> {
  const editor = window.activeTextEditor;
  const selected = editor?.document.getText(editor.selection) ?? '';
  const line = editor?.document.lineAt(editor.selection.active.line).text ?? '';
  await explainText(context, selected.trim() === '' ? line : selected);
}

/** Explains what was copied. */
export async function explainClipboard(context: CommandContext): Promise<void> {
  await explainText(context, await env.clipboard.readText());
}

/** Explains what is selected in the terminal; what was copied before is copied again. */
export async function explainTerminalSelection(context: CommandContext): Promise<void> {
  const before = await env.clipboard.readText();
  await commands.executeCommand('workbench.action.terminal.copySelection');
  const selected = await env.clipboard.readText();
  await env.clipboard.writeText(before);
  await explainText(context, selected);
}

/** Asks for a text, and explains it. */
export async function explainPasted(context: CommandContext): Promise<void> {
  const { t } = context.locale;
  const text = await window.showInputBox({
    title: t('Explain an Error'),
    prompt: t('Paste the words of the error. They stay on this machine.'),
    ignoreFocusOut: true,
  });
  if (text !== undefined && text.trim() !== '') await explainText(context, text);
}

async function explainText(context: CommandContext, text: string): Promise<void> {
  const { clock, incidents, locale } = context;
  const words = wordsOfText(text);
  if (!words) {
    await window.showInformationMessage(
      locale.t('No error of Kimi, nor of another provider, is known in this text.'),
    );
    return;
  }
  const incident = incidentOfWords(words, incidents.incidents, clock.now());
  openExplained(context, incident ? { kind: 'incident', incident } : { kind: 'words', words });
}

/** Explains what the status bar tells of now; else the newest incident that may be Kimi's; else any. */
export async function explainLastError(context: CommandContext): Promise<void> {
  const { archive, clock, locale } = context;
  const newestFirst = [...(await archive.readIncidents({ limit: 50 }))].reverse();
  const now = clock.now();
  const incident =
    newestFirst.find(each => isCurrent(each, now)) ??
    newestFirst.find(({ provider }) => provider !== 'other') ??
    newestFirst[0];
  if (incident) return openPanel(context, incident.id);
  void window.showInformationMessage(
    locale.t("No failed request was seen in the agents' logs so far."),
  );
}
