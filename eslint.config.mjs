// @ts-check
import regexp from 'eslint-plugin-regexp';
import tseslint from 'typescript-eslint';

/**
 * Modules that a folder must not import (src/README.md explains the layers).
 * @param {string[]} group
 * @returns {import('eslint').Linter.RulesRecord}
 */
const forbid = (...group) => ({
  'no-restricted-imports': [
    'error',
    { patterns: [{ group, message: 'See the layers in src/README.md.' }] },
  ],
});
const node = ['node:*', 'undici', '**/node/**'];
const editor = ['vscode', '**/vscode/**'];

/** An error message may contain a path or log text. `faultName` returns only its kind. */
const LOG_CALL = 'CallExpression[callee.property.name=/^(trace|debug|info|warn|error)$/]';
const FAULT = '[name=/^(error|err|fault|cause|exception)$/]';
const noFaultInLog = [
  `${LOG_CALL} > Identifier${FAULT}`,
  `${LOG_CALL} > TemplateLiteral > Identifier${FAULT}`,
  `${LOG_CALL} CallExpression[callee.name=String] > Identifier${FAULT}`,
  `${LOG_CALL} MemberExpression[property.name=/^(message|stack)$/] > Identifier${FAULT}`,
].map(selector => ({ selector, message: 'Log faultName(error): its message may contain a path.' }));

export default tseslint.config(
  { ignores: ['dist/', '.vscode-test/', 'test/fixtures/'] },
  tseslint.configs.base,
  {
    // Logs are hostile: patterns must run in linear time.
    files: ['src/**/*.ts'],
    plugins: { regexp },
    rules: {
      'regexp/no-super-linear-backtracking': 'error',
      'regexp/no-super-linear-move': 'error',
    },
  },
  {
    files: ['**/*.ts', '**/*.mjs'],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      'no-console': 'error',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
      'no-eval': 'error',
      'no-implied-eval': 'error',
      eqeqeq: ['error', 'always'],
      'prefer-const': 'error',
      'max-params': ['error', 4],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
    },
  },
  { files: ['src/**'], rules: { 'no-restricted-syntax': ['error', ...noFaultInLog] } },
  {
    // No unhandled rejections in the shared extension host: `inBackground` logs them.
    files: ['src/vscode/**', 'src/extension.ts', 'src/core/panel/**', 'src/core/notices/**'],
    rules: {
      '@typescript-eslint/no-floating-promises': [
        'error',
        { ignoreVoid: false, checkThenables: true },
      ],
      'no-restricted-syntax': [
        'error',
        ...noFaultInLog,
        { selector: "UnaryExpression[operator='void']", message: 'Use inBackground.' },
      ],
    },
  },
  { files: ['src/core/**'], rules: forbid(...node, ...editor, '**/webview/**') },
  { files: ['src/node/**'], rules: forbid(...editor, '**/webview/**') },
  { files: ['src/vscode/**'], rules: forbid(...node, '**/webview/**') },
  { files: ['src/webview/**'], rules: forbid(...node, ...editor) },
  { files: ['src/extension.ts'], rules: forbid('undici') },
  { files: ['src/cli.ts', 'src/cli/**'], rules: forbid(...editor) },
  {
    files: ['src/cli/**'],
    ignores: ['src/cli/output.ts', 'src/cli/program.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        ...['stdout', 'stderr'].map(property => ({
          object: 'process',
          property,
          message: 'Print through src/cli/output.ts, which makes text inert.',
        })),
      ],
    },
  },
  { files: ['src/cli.ts', 'test/**', '*.mjs'], rules: { 'no-console': 'off' } },
  { files: ['*.mjs'], rules: { 'no-restricted-exports': 'off' } },
);
