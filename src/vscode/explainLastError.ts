import { window } from 'vscode';
import { isCurrent, type Incident } from '../core/incidents/incident.ts';
import type { CommandContext } from './commandContext.ts';

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
