import { commands, env, Position, Range, Uri, window } from 'vscode';
import { wordsOfText } from '../core/errors/wordsOfText.ts';
import { incidentOfWords } from '../core/explain/explained.ts';
import { type Incident, isCurrent } from '../core/incidents/incident.ts';
import type { CommandContext } from './commandContext.ts';
import { openExplained } from './quotaPanel.ts';

/** Opens the log at the record that an incident is shown by. */
export async function openLogAt(context: CommandContext, incidentId: string): Promise<void> {
  const { archive, locale, placeOf } = context;
  const incidents = await archive.readIncidents();
  const example = incidents.find(({ id }) => id === incidentId)?.example;
  const place = example && (await placeOf(example));
  if (!place) {
    void window.showInformationMessage(locale.t('The log is not there any more.'));
    return;
  }
  const position = new Position(place.line, 0);
  await window.showTextDocument(Uri.file(place.path), {
    selection: new Range(position, position),
    preview: true,
  });
}

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
  if (incident) return showExplanation(context, incident);
  void window.showInformationMessage(
    locale.t("No failed request was seen in the agents' logs so far."),
  );
}

/** Shows an incident's explanation, wherever it was asked for. */
export async function showExplanation(context: CommandContext, { id }: Incident): Promise<void> {
  // There is one panel, in a file of its own.
  const { openPanel } = await import('./onDemand.ts');
  openPanel(context, id);
}
