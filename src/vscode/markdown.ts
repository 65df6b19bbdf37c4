/**
 * Makes text inert in Markdown. VS Code's own `appendText` leaves `<`, bare addresses and `$(icon)`
 * alive (microsoft/vscode #317003), so every character that could mean something is escaped.
 */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/[\\`*_{}[\]()#+\-.!|~$:@"']/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/\s+/g, ' ');
}
