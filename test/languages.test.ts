import assert from 'node:assert/strict';
import { filesBelow, readText } from './support/tidy/files.ts';
import { computedSentences, sentences } from './support/tidy/sentences.ts';

const BUNDLE = /^l10n\/bundle\.l10n\.(.+)\.json$/;
const languages = filesBelow('l10n').flatMap(path => BUNDLE.exec(path)?.[1] ?? []);
const english = new Set(sentences().map(({ text }) => text));

const read = (path: string): Record<string, string> =>
  JSON.parse(readText(path)) as Record<string, string>;
const placeholders = (text: string): string[] => (text.match(/\{\d\}/g) ?? []).sort();

/** The elements of `some` that are not in `others`. */
const missing = (some: Iterable<string>, others: Iterable<string>): string[] => {
  const known = new Set(others);
  return [...some].filter(item => !known.has(item));
};

describe('languages', () => {
  it('there is Simplified Chinese', () => assert.deepEqual(languages, ['zh-cn']));

  it('every sentence is a whole string literal in the code', () =>
    assert.deepEqual(computedSentences(), []));

  it('lists are joined in the language of the user', () => {
    /** For the log, and for a database. */
    const inEnglish = ['src/core/quota/outcome.ts', 'src/node/foreignDatabase.ts'];
    const joining = filesBelow('src').filter(path => readText(path).includes(".join(', ')"));
    assert.deepEqual(missing(joining, inEnglish), []);
  });

  for (const language of languages) {
    const bundle = read(`l10n/bundle.l10n.${language}.json`);
    const manifest = read(`package.nls.${language}.json`);
    const manifestEnglish = read('package.nls.json');

    it(`${language} has every sentence of the code`, () =>
      assert.deepEqual(missing(english, Object.keys(bundle)), []));

    it(`${language} has no unused sentence`, () =>
      assert.deepEqual(missing(Object.keys(bundle), english), []));

    it(`${language} has the same placeholders`, () => {
      const pairs = [
        ...Object.entries(bundle),
        ...Object.entries(manifest).map(([name, text]) => [manifestEnglish[name] ?? '', text]),
      ] as [string, string][];
      const wrong = pairs.filter(
        ([from, to]) => placeholders(from).join() !== placeholders(to).join() || to.trim() === '',
      );
      assert.deepEqual(wrong, []);
    });

    it(`${language} translates the whole manifest`, () => {
      assert.deepEqual(Object.keys(manifest), Object.keys(manifestEnglish));
    });
  }
});
