import assert from 'node:assert/strict';
import { commandIds } from '../src/core/commands.ts';
import { filesBelow, readText } from './support/tidy/files.ts';
import { manifest } from './support/tidy/manifest.ts';

interface Step {
  readonly id: string;
  readonly completionEvents: readonly string[];
}
interface Contributed {
  readonly walkthroughs: readonly { readonly steps: readonly Step[] }[];
}

const { walkthroughs } = manifest.contributes as unknown as Contributed;
const steps = walkthroughs.flatMap(walkthrough => walkthrough.steps);
const texts = filesBelow('')
  .filter(path => /^package\.nls.*\.json$/.test(path))
  .map(path => [path, JSON.parse(readText(path)) as Record<string, string>] as const);
const commands = new Set<string>(Object.values(commandIds));
const code = filesBelow('src/vscode')
  .map(path => readText(path))
  .join('\n');

describe('the walkthrough', () => {
  it('has three steps', () =>
    assert.deepEqual(
      steps.map(({ id }) => id),
      ['key', 'glance', 'explanation'],
    ));

  it('waits only for existing commands and context keys', () => {
    for (const event of steps.flatMap(({ completionEvents }) => completionEvents)) {
      const [kind, name = ''] = event.split(':');
      if (kind === 'onCommand') assert.ok(commands.has(name), event);
      else assert.ok(kind === 'onContext' && code.includes(`'setContext', '${name}'`), event);
    }
  });

  for (const [file, words] of texts) {
    it(`links only to existing commands, in ${file}`, () => {
      const linked = steps.flatMap(({ id }) =>
        [...(words[`walkthrough.${id}.description`] ?? '').matchAll(/\(command:([^)]*)\)/g)].map(
          ([, command]) => command,
        ),
      );
      assert.ok(linked.length >= 5);
      assert.deepEqual(
        linked.filter(command => !commands.has(command ?? '')),
        [],
      );
    });

    for (const { id } of steps)
      it(`has a small picture of ${id} in ${file}, drawn with theme colors`, () => {
        const picture = readText(words[`walkthrough.${id}.picture`] ?? 'none');
        assert.ok(picture.length < 5000, `${picture.length} characters`);
        // The editor shows it where no style sheet, script or address of another host is allowed.
        assert.doesNotMatch(picture, /<style|<script|\son\w+=|style=|class=|href/);
        assert.doesNotMatch(picture.replace('http://www.w3.org/2000/svg', ''), /https?:/);
        const colours = picture.match(/(?:fill|stroke)="[^"]*"/g) ?? [];
        assert.deepEqual(
          colours.filter(colour => !/="(?:none|var\(--vscode-[\w-]+,#\w+\))"/.test(colour)),
          [],
        );
      });
  }
});
