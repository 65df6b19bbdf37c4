import { ConfigurationTarget, workspace } from 'vscode';
import { Emitter, type Disposable, type Event } from '../core/event.ts';
import { Settings, settingNames } from '../core/settings.ts';

const SECTION = 'kimiQuota';

/** Changes the user's own settings, after the user has agreed to it. */
export async function writeSettings(values: Partial<Settings>): Promise<void> {
  const section = workspace.getConfiguration(SECTION);
  for (const [name, value] of Object.entries(values)) {
    await section.update(name, value === '' ? undefined : value, ConfigurationTarget.Global);
  }
}

/** The settings as they stand, read through core's schema; says when one has changed. */
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
