// Lets tests without an editor import what imports `vscode`: ./vscode.ts takes its place.
import { registerHooks } from 'node:module';

const url = new URL('./vscode.ts', import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'vscode' ? { url, shortCircuit: true } : next(specifier, context),
});
