import type { WebviewView } from 'vscode';
import type { CommandContext } from './commandContext.ts';
import { PanelPage, panelOptions } from './panelPage.ts';

/**
 * Shows the page in the view of the Activity Bar, with the number of ongoing incidents as its badge.
 * Another context (sample data) replaces the page.
 */
export function showView(context: CommandContext, view: WebviewView): void {
  const { incidents, extensionUri, locale } = context;
  view.webview.options = panelOptions(extensionUri);
  const page = new PanelPage(context, {
    webview: view.webview,
    isView: true,
    isVisible: () => view.visible,
    onDidChangeVisibility: listener => view.onDidChangeVisibility(() => listener()),
  });
  const count = (): void => {
    const value = incidents.incidents.filter(({ state }) => state === 'running').length;
    const tooltip =
      value === 1 ? locale.t('1 ongoing incident') : locale.t('{0} ongoing incidents', value);
    view.badge = value === 0 ? undefined : { value, tooltip };
  };
  count();
  const counting = incidents.onDidChange(count);
  context.panel.showView(view, {
    dispose: () => {
      counting.dispose();
      page.dispose();
    },
  });
}
