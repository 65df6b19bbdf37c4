import { commands } from 'vscode';
import { inBackground } from '../core/base/background.ts';
import { type Disposable, MutableDisposable } from '../core/base/event.ts';
import { type CommandContext, PanelPlace, type SampleSwitch } from './commandContext.ts';
import type { SampleContext } from './sampleContext.ts';

const SAMPLE_KEY = 'kimiQuota.sampleIsOn';

/** `CommandContext` without the choice between real and sample data. */
export type OwnData = Omit<CommandContext, 'isSample' | 'sample' | 'panel'>;

/**
 * The surfaces that show numbers, with real or sample data. They are created again when that
 * changes, so each knows only one of them. Sample data is a lazy chunk that most windows never
 * load.
 */
export class ShownSurfaces implements SampleSwitch, Disposable {
  readonly real: CommandContext;
  readonly #register: (context: CommandContext) => Disposable;
  readonly #shown = new MutableDisposable();
  #sample: SampleContext | undefined;
  #starting: Promise<void> | undefined;
  #isDisposed = false;

  constructor(own: OwnData, register: (context: CommandContext) => Disposable) {
    this.real = { ...own, isSample: false, sample: this, panel: new PanelPlace() };
    this.#register = register;
    this.#show(this.real);
  }

  start(): Promise<void> {
    return (this.#starting ??= this.#start().finally(() => (this.#starting = undefined)));
  }

  end(): void {
    if (!this.#sample) return;
    const { context } = this.#sample;
    this.#show(this.real);
    this.#sample.dispose();
    this.#sample = undefined;
    inBackground(commands.executeCommand('setContext', SAMPLE_KEY, undefined), this.real.log);
    context.panel.close(context);
  }

  async #start(): Promise<void> {
    if (!this.#sample) {
      const { createSampleContext } = await import('./sampleContext.ts');
      const sample = await createSampleContext(this.real);
      if (this.#isDisposed) return sample.dispose();
      this.#sample = sample;
      this.#show(sample.context);
      inBackground(commands.executeCommand('setContext', SAMPLE_KEY, true), this.real.log);
    }
    const { openPanel } = await import('./quotaPanel.ts');
    if (this.#sample) openPanel(this.#sample.context);
  }

  /** A command has only one handler, so the old ones are disposed first. */
  #show(context: CommandContext): void {
    this.#shown.value = undefined;
    this.#shown.value = this.#register(context);
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#shown.dispose();
    this.#sample?.dispose();
  }
}
