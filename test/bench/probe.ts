import { build } from 'esbuild';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

/** A program whose memory and stalls are its own. Bundled: to strip types takes 30 MB by itself. */
export class Probe<Figures> {
  readonly #script: string;

  private constructor(script: string) {
    this.#script = script;
  }

  /** Of a file of this folder, into `folder`. */
  static async build<Figures>(name: string, folder: string): Promise<Probe<Figures>> {
    const script = path.join(folder, `${name}.cjs`);
    await build({
      entryPoints: [path.join(import.meta.dirname, `${name}.ts`)],
      outfile: script,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      logLevel: 'warning',
    });
    return new Probe(script);
  }

  /** Resolves to what it printed as JSON. */
  async run(task: unknown): Promise<Figures> {
    const args = ['--expose-gc', this.#script, JSON.stringify(task)];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    return JSON.parse(stdout) as Figures;
  }
}
