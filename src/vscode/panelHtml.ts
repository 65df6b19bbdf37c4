import { Uri, type Webview, type WebviewOptions } from 'vscode';

/** The page reaches its own two files, and nothing else of this machine. */
export function panelOptions(extensionUri: Uri): WebviewOptions {
  return { enableScripts: true, localResourceRoots: [Uri.joinPath(extensionUri, 'dist')] };
}

/** The frame of the page: one style sheet, one script, and a policy that lets in nothing besides. */
export function panelHtml(webview: Webview, extensionUri: Uri, language: string): string {
  const nonce = crypto.randomUUID();
  const file = (name: string): string =>
    webview.asWebviewUri(Uri.joinPath(extensionUri, 'dist', name)).toString();
  const policy = `default-src 'none'; style-src ${webview.cspSource}; script-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'`;
  return `<!DOCTYPE html>
<html lang="${language.replace(/[^\w-]/g, '')}">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${policy}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Kimi Quota</title>
    <link rel="stylesheet" href="${file('panel-style.css')}">
  </head>
  <body><script nonce="${nonce}" src="${file('panel.js')}"></script></body>
</html>`;
}
