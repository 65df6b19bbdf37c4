import { ConfigurationTarget, Uri, workspace } from 'vscode';
import type { EditorPlaces } from '../core/agents/agent.ts';
import { TERMINALS_FOLDER } from '../core/agents/terminalError.ts';
import { type Disposable, Emitter, type Event } from '../core/base/event.ts';
import { settingNames, Settings } from '../core/settings.ts';

/** Extensions with a setting for the folder of their tasks. */
const CUSTOM = [
  ['roo-code', 'roo-cline', 'customStoragePath'],
  ['kilo-code', 'kilo-code', 'customStoragePath'],
] as const;

/** The folders of agents in this editor. `storage`: this extension's own folder. */
export function editorPlaces(storage: Uri, { readTerminals }: Settings): EditorPlaces {
  return {
    workspaces: (workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath),
    editorStorage: Uri.joinPath(storage, '..').fsPath,
    customStorages: Object.fromEntries(
      CUSTOM.flatMap(([agent, section, name]) => {
        const path = userSetting(section, name);
        return path === undefined ? [] : [[agent, path]];
      }),
    ),
    ...(readTerminals ? { terminalErrors: Uri.joinPath(storage, TERMINALS_FOLDER).fsPath } : {}),
  };
}

/** An absolute path in the user's settings; a workspace can't redirect it to another machine. */
function userSetting(section: string, name: string): string | undefined {
  const value: unknown = workspace.getConfiguration(section).inspect(name)?.globalValue;
  const isPath = typeof value === 'string' && /^(?:\/(?!\/)|[A-Za-z]:[\\/])/.test(value);
  return isPath ? value : undefined;
}

const SECTION = 'kimiQuota';

/** Changes the user's settings, after the user confirmed it. */
export async function writeSettings(values: Partial<Settings>): Promise<void> {
  const section = workspace.getConfiguration(SECTION);
  for (const [name, value] of Object.entries(values)) {
    await section.update(name, value === '' ? undefined : value, ConfigurationTarget.Global);
  }
}

/** The current settings, parsed with the schema of `core`, with a change event. */
export class VscodeSettings implements Disposable {
  readonly #changeEmitter = new Emitter<Settings>();
  readonly #listener = workspace.onDidChangeConfiguration(event => {
    if (event.affectsConfiguration(SECTION)) this.#changeEmitter.fire(this.value);
  });

  readonly onDidChange: Event<Settings> = this.#changeEmitter.event;

  get value(): Settings {
    const section = workspace.getConfiguration(SECTION);
    return Settings.parse(Object.fromEntries(settingNames.map(name => [name, section.get(name)])));
  }

  dispose(): void {
    this.#listener.dispose();
    this.#changeEmitter.dispose();
  }
}
