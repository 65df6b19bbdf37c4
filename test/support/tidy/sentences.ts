import ts from 'typescript';
import { lineOf, sources } from './sources.ts';

/** A sentence for people as the code has it. */
export interface Sentence {
  readonly text: string;
  /** `src/core/words.ts:12`. */
  readonly where: string;
}

/** What `t(...)` and `….t(...)` are called with in `src`: the sentences that are translated. */
export function sentences(): Sentence[] {
  return calls().flatMap(({ path, node }) => {
    const [first] = node.arguments;
    return first && ts.isStringLiteralLike(first)
      ? [{ text: first.text, where: `${path}:${lineOf(node)}` }]
      : [];
  });
}

/** Calls whose sentence is put together: no translator can ever find it. */
export function computedSentences(): string[] {
  return calls()
    .filter(({ node }) => !node.arguments[0] || !ts.isStringLiteralLike(node.arguments[0]))
    .map(({ path, node }) => `${path}:${lineOf(node)}`);
}

function calls() {
  return sources
    .filter(({ path }) => path.startsWith('src/'))
    .flatMap(({ path, nodes }) => nodes.filter(ts.isCallExpression).map(node => ({ path, node })))
    .filter(({ node: { expression } }) =>
      ts.isPropertyAccessExpression(expression)
        ? expression.name.text === 't'
        : ts.isIdentifier(expression) && expression.text === 't',
    );
}
