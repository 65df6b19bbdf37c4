import ts from 'typescript';
import { sources, type Source } from './sources.ts';

/**
 * Module-level state that may stay: caches of what is always the same, and what belongs to the one
 * process of the command line. All windows of an extension host share any other state, and tests
 * see what earlier ones left.
 */
const ALLOWED: ReadonlySet<string> = new Set([
  'src/cli/output.ts: lastProgress',
  'src/core/agents/readerDoor.ts: KNOWN',
  'src/core/base/format.ts: dateFormats',
  'src/core/ticket/errorWords.ts: chinese',
  'src/core/ticket/errorWords.ts: english',
  // Keyed by the context of a window.
  'src/vscode/panelPage.ts: sources',
]);

/** Objects without state of their own. */
const STATELESS = /^(?:RegExp|Error|TextEncoder|TextDecoder|URL|Intl\..*)$/;

/** `path: name` of each variable of a module that can change, beyond `ALLOWED`. */
export function moduleState(files: readonly Source[] = sources): string[] {
  return files
    .filter(({ path }) => path.startsWith('src/'))
    .flatMap(({ path, tree }) =>
      tree.statements.flatMap(namesOfState).map(name => `${path}: ${name}`),
    )
    .filter(state => !ALLOWED.has(state));
}

function namesOfState(statement: ts.Statement): string[] {
  if (ts.isClassDeclaration(statement)) return statement.members.flatMap(nameOfStaticState);
  if (!ts.isVariableStatement(statement)) return [];
  const { flags, declarations } = statement.declarationList;
  const isConstant = (flags & ts.NodeFlags.Const) !== 0;
  return declarations.filter(one => !isConstant || canChange(one)).map(one => one.name.getText());
}

function nameOfStaticState(member: ts.ClassElement): string[] {
  if (!ts.isPropertyDeclaration(member)) return [];
  const flags = ts.getCombinedModifierFlags(member);
  if ((flags & ts.ModifierFlags.Static) === 0) return [];
  const isConstant = (flags & ts.ModifierFlags.Readonly) !== 0 && !canChange(member);
  return isConstant ? [] : [member.name.getText()];
}

/** Whether it holds a collection or an object that isn't declared as read-only. */
function canChange({ type, initializer }: ts.VariableDeclaration | ts.PropertyDeclaration) {
  if (!initializer || type?.getText().startsWith('Readonly')) return false;
  if (ts.isArrayLiteralExpression(initializer))
    return initializer.elements.length === 0 && !type?.getText().startsWith('readonly');
  if (ts.isNewExpression(initializer)) return !STATELESS.test(initializer.expression.getText());
  return false;
}
