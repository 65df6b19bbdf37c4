import { Position, Range, Uri, window } from 'vscode';
import type { CommandContext } from './commandContext.ts';

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
