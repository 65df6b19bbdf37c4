import { dirname, join, relative, sep } from 'node:path';
import ts from 'typescript';
import { filesBelow, readText, ROOT } from './files.ts';

/** A parsed file: `path` is from the root. */
export interface Source {
  readonly path: string;
  readonly tree: ts.SourceFile;
  /** Every node of the tree. */
  readonly nodes: readonly ts.Node[];
}

/** Parses a text as if it were at `path`. */
export function parseSource(path: string, text: string): Source {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const nodes: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    nodes.push(node);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return { path, tree, nodes };
}

/** Every TypeScript file of `src` and `test`, parsed. */
export const sources: readonly Source[] = [...filesBelow('src'), ...filesBelow('test')]
  .filter(path => path.endsWith('.ts'))
  .map(path => parseSource(path, readText(path)));

/** The first line of a node, from 1. */
export function lineOf(node: ts.Node): number {
  const tree = node.getSourceFile();
  return tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;
}

/** How many lines a node takes. */
export function lineCount(node: ts.Node): number {
  const last = node.getSourceFile().getLineAndCharacterOfPosition(node.getEnd()).line + 1;
  return last - lineOf(node) + 1;
}

/** One import of a file: of a module or, for a relative one, of a path from the root. */
export interface Import {
  readonly target: string;
  readonly isTypeOnly: boolean;
}

/** Every import of a file: declarations, re-exports, `import()` and types by `import()`. */
export function importsOf({ path, nodes }: Source): Import[] {
  return nodes.flatMap(node => {
    const specifier = specifierOf(node);
    if (specifier === undefined) return [];
    const target = specifier.startsWith('.')
      ? relative(ROOT, join(ROOT, dirname(path), specifier))
          .split(sep)
          .join('/')
      : specifier;
    return [{ target, isTypeOnly: isTypeOnly(node) }];
  });
}

function specifierOf(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    return node.moduleSpecifier && textOf(node.moduleSpecifier);
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return textOf(node.argument.literal);
  }
  const isCall = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
  return isCall && node.arguments[0] ? textOf(node.arguments[0]) : undefined;
}

const textOf = (node: ts.Node): string | undefined =>
  ts.isStringLiteralLike(node) ? node.text : undefined;

function isTypeOnly(node: ts.Node): boolean {
  if (ts.isImportTypeNode(node)) return true;
  if (ts.isExportDeclaration(node)) return node.isTypeOnly;
  if (!ts.isImportDeclaration(node)) return false;
  const clause = node.importClause;
  const names = clause?.namedBindings;
  const areTypes =
    !clause?.name &&
    names !== undefined &&
    ts.isNamedImports(names) &&
    names.elements.every(element => element.isTypeOnly);
  return clause?.phaseModifier === ts.SyntaxKind.TypeKeyword || areTypes;
}
