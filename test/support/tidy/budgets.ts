import ts from 'typescript';
import { readText } from './files.ts';
import { lineCount, lineOf, sources } from './sources.ts';

const MOST_FILE_LINES = 400;
const MOST_FUNCTION_LINES = 50;
const MOST_PARAMETERS = 4;
/** The entry point reads like a table of contents. */
const MOST_FRONT_DOOR_LINES = 90;

/** Every file with more lines than its budget. */
export function longFiles(): string[] {
  return sources.flatMap(({ path }) => {
    const most = path === 'src/extension.ts' ? MOST_FRONT_DOOR_LINES : MOST_FILE_LINES;
    const lines = readText(path).trimEnd().split('\n').length;
    return lines > most ? [`${path}: ${lines} lines, at most ${most}`] : [];
  });
}

/** Every function with more lines than its budget. A suite is a list of tests, not a function. */
export function longFunctions(): string[] {
  return functions().flatMap(({ where, node }) => {
    const lines = isSuite(node) ? 0 : lineCount(node);
    return lines > MOST_FUNCTION_LINES ? [`${where}: ${lines} lines`] : [];
  });
}

const isSuite = ({ parent }: ts.Node): boolean =>
  ts.isCallExpression(parent) && /^describe\b/.test(parent.expression.getText());

/** Every function with more parameters than its budget. */
export function wideFunctions(): string[] {
  return functions().flatMap(({ where, node: { parameters } }) =>
    parameters.length > MOST_PARAMETERS ? [`${where}: ${parameters.length} parameters`] : [],
  );
}

function functions() {
  return sources.flatMap(({ path, nodes }) =>
    nodes
      .filter(node => ts.isFunctionLike(node))
      .map(node => ({ where: `${path}:${lineOf(node)}`, node })),
  );
}

/** Every exported symbol of `core` and `node` that has no JSDoc. */
export function undocumentedExports(): string[] {
  return sources
    .filter(({ path }) => /^src\/(?:core|node)\//.test(path))
    .flatMap(({ path, tree }) =>
      tree.statements
        .filter(statement => isExported(statement) && !isSchemaType(statement, tree))
        .filter(statement => ts.getJSDocCommentsAndTags(statement).length === 0)
        .map(statement => `${path}:${lineOf(statement)}`),
    );
}

const isExported = (node: ts.Statement): boolean =>
  ts.canHaveModifiers(node) &&
  (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);

/** `export type X = z.infer<typeof …>`: the schema above it has the comment. */
const isSchemaType = (node: ts.Statement, tree: ts.SourceFile): boolean =>
  ts.isTypeAliasDeclaration(node) && node.type.getText(tree).startsWith('z.infer<');
