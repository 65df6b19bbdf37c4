import type { Translate } from '../core/base/ports.ts';
import type { Explanation } from '../core/explain/explain.ts';

/**
 * Makes text inert in Markdown. VS Code's `appendText` doesn't escape `<`, bare URLs and `$(icon)`
 * (microsoft/vscode#317003), so every character with a possible meaning is escaped.
 */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/[\\`*_{}[\]()#+\-.!|~$:@"']/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/\s+/g, ' ');
}

/** Opens what a hover explains; the argument is the number of the hover. */
export const EXPLAIN_HOVERED = 'kimiQuota.explainHovered';

const MOST_EVIDENCE = 4;
const LONGEST_ORIGINAL = 300;

/**
 * An explanation for a hover. All text is escaped; the only command opens what the hover with this
 * number explains.
 */
export function explanationMarkdown(
  explanation: Explanation,
  number: number,
  t: Translate,
): string {
  const { title, certainty, cause, evidence, retry, steps, original } = explanation;
  const items = (texts: readonly string[]): string =>
    texts.map(text => `- ${escapeMarkdown(text)}`).join('\n');
  const words =
    original.length > LONGEST_ORIGINAL ? `${original.slice(0, LONGEST_ORIGINAL)}…` : original;
  return [
    `**${escapeMarkdown(title)}** · ${escapeMarkdown(certainty)} · [${escapeMarkdown(t('Open in Dashboard'))}](command:${EXPLAIN_HOVERED}?${number})`,
    // With only an error text, the cause repeats the title.
    ...(cause.startsWith(title) && cause.length === title.length + 1
      ? []
      : [escapeMarkdown(cause)]),
    ...(evidence.length > 0 ? [items(evidence.slice(0, MOST_EVIDENCE))] : []),
    ...(retry === '' ? [] : [`$(watch) ${escapeMarkdown(retry)}`]),
    ...(steps.length > 0 ? [items(steps.map(({ text }) => text))] : []),
    ...(words === '' ? [] : [`_${escapeMarkdown(t('Error text: {0}', words))}_`]),
  ].join('\n\n');
}
