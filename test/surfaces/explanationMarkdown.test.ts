import assert from 'node:assert/strict';
import { explanationOf } from '../../src/core/explain/explained.ts';
import { wordsOfText } from '../../src/core/errors/wordsOfText.ts';
import { english } from '../../src/core/base/format.ts';
import { explanationMarkdown } from '../../src/vscode/markdown.ts';
import { hostilePayloads } from '../support/hostile/payloads.ts';

const options = { locale: { language: 'en', timeZone: 'UTC', t: english }, now: 0 };

describe('explanationMarkdown', () => {
  it('never turns log text into a link, an image, an icon or HTML', () => {
    for (const payload of hostilePayloads) {
      const words = wordsOfText(`429 rate_limit_reached_error: too many requests ${payload}`);
      if (!words) continue;
      const markdown = explanationMarkdown(
        explanationOf({ kind: 'words', words }, options),
        7,
        english,
      );
      const links = [...markdown.matchAll(/(?<!\\)\]\((?<target>[^)]*)\)/g)].map(it => it[1]);
      assert.deepEqual(links, ['command:kimiQuota.explainHovered?7'], payload);
      assert.doesNotMatch(markdown.replaceAll('$(watch)', ''), /(?<!\\)\$\(|<(?!\\)[a-z!/]/i);
    }
  });

  it('does not repeat the title in the cause', () => {
    const words = wordsOfText(
      "403 You've reached your weekly (7-day) usage limit. Your quota will reset when the current 7-day window ends.",
    );
    assert.ok(words);
    const explanation = explanationOf({ kind: 'words', words }, options);
    assert.equal(explanation.cause, `${explanation.title}.`);
    const markdown = explanationMarkdown(explanation, 7, english);
    assert.equal(markdown.split('\n\n')[1]?.startsWith('- '), true, markdown);
  });
});
