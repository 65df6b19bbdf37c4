import {
  commands,
  env,
  extensions,
  QuickPickItemKind,
  UIKind,
  Uri,
  window,
  type QuickPickItem,
} from 'vscode';
import { AGENT_IDS } from '../core/agents/signal.ts';
import {
  codesOf,
  loadWatchedLogs,
  newestOf,
  otherSide,
  tildePath,
  unreadableAdvice,
  type WatchedRow,
  watchedRows,
} from '../core/agents/watchedLogs.ts';
import type { Translate } from '../core/base/ports.ts';
import { commandIds } from '../core/commands.ts';
import type { CommandContext } from './commandContext.ts';
import { writeSettings } from './vscodeSettings.ts';

/** Number of newest failures searched for the last one of each agent. */
const MOST_FAILURES = 1000;

interface ActionItem extends QuickPickItem {
  readonly run?: () => unknown;
}

interface AgentItem extends ActionItem {
  readonly row?: WatchedRow;
}

/** "Agent Logs...": the agents, their log folders and the actions for each. */
export async function showWatchedLogs(context: CommandContext): Promise<void> {
  const { archive, clock, locale, logs, settings } = context;
  const { t } = locale;
  const known = await loadWatchedLogs(archive);
  const failures = await archive.readEvents({ limit: MOST_FAILURES });
  const watched = settings().watchedAgents;
  const rows = watchedRows({ logs: known, watched, failures, now: clock.now() }, locale);
  const picked = await window.showQuickPick([...agentItems(rows, t), ...otherItems(t)], {
    title: t('Kimi Quota: Watched Logs'),
    placeHolder: logs.isPaused
      ? t('Paused in this window. Other windows may still read logs.')
      : known
        ? t('Select an agent to open its logs or to turn it off')
        : t('No window has looked for logs yet. Try again in a moment.'),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (picked?.row) await chooseAction(picked.row, known?.home, context);
  else await picked?.run?.();
}

/** A window in a browser has no other side that the user could open. */
function otherItems(t: Translate): AgentItem[] {
  if (env.uiKind !== UIKind.Desktop) return [];
  const hasWsl = extensions.getExtension('ms-vscode-remote.remote-wsl') !== undefined;
  const other = otherSide({ remoteName: env.remoteName, hasWsl }, t);
  if (!other) return [];
  return [
    { label: t('Not watched in this window'), kind: QuickPickItemKind.Separator },
    {
      label: `$(remote) ${other.title}`,
      detail: other.advice,
      run: () => commands.executeCommand('workbench.action.remote.showMenu'),
    },
  ];
}

function agentItems(rows: readonly WatchedRow[], t: Translate): AgentItem[] {
  const groups = [
    ['followed', t('Watched'), 'eye'],
    ['off', t('Off'), 'eye-closed'],
    ['missing', t('Not found on this machine'), 'circle-slash'],
  ] as const;
  return groups.flatMap(([state, label, icon]): AgentItem[] => {
    const items = rows.filter(row => row.state === state);
    if (items.length === 0) return [];
    return [
      { label, kind: QuickPickItemKind.Separator },
      ...items.map(row => ({
        label: `$(${row.hasProblem ? 'warning' : icon}) ${row.name}`,
        description: row.summary,
        ...(row.detail === '' ? {} : { detail: row.detail }),
        row,
      })),
    ];
  });
}

async function chooseAction(
  row: WatchedRow,
  home: string | undefined,
  context: CommandContext,
): Promise<void> {
  const { t } = context.locale;
  const items: ActionItem[] = [
    ...problemItems(row, t),
    ...openItems(row, home, t),
    switchItem(row, context),
    { label: `$(arrow-left) ${t('Back')}`, run: () => showWatchedLogs(context) },
  ];
  const picked = await window.showQuickPick(items, { title: row.name, placeHolder: row.summary });
  await picked?.run?.();
}

function problemItems({ hasProblem, folders }: WatchedRow, t: Translate): ActionItem[] {
  if (!hasProblem) return [];
  const codes = codesOf(folders);
  return [
    {
      label: `$(warning) ${t('Not readable: {0}', codes.join(t(', ')))}`,
      detail: unreadableAdvice(codes, t),
    },
    {
      label: `$(output) ${t('Show Log')}`,
      description: t('lists them'),
      run: () => commands.executeCommand(commandIds.showLog),
    },
  ];
}

function openItems({ folders }: WatchedRow, home: string | undefined, t: Translate): ActionItem[] {
  const newest = newestOf(folders);
  return [
    ...(newest
      ? [
          {
            label: `$(go-to-file) ${t('Open Newest Log')}`,
            detail: tildePath(newest.path, home),
            run: () => commands.executeCommand('vscode.open', Uri.file(newest.path)),
          },
        ]
      : []),
    ...folders
      .filter(({ isThere }) => isThere)
      .map(({ path }) => ({
        label: `$(folder-opened) ${t('Open Folder')}`,
        detail: tildePath(path, home),
        run: () => openFolder(Uri.file(path)),
      })),
  ];
}

/** The file manager on the local machine; a window on the folder if the machine is remote. */
function openFolder(folder: Uri): Thenable<unknown> {
  const isHere = env.remoteName === undefined && env.uiKind === UIKind.Desktop;
  return isHere
    ? commands.executeCommand('revealFileInOS', folder)
    : commands.executeCommand('vscode.openFolder', folder, { forceNewWindow: true });
}

function switchItem({ agent, state }: WatchedRow, context: CommandContext): ActionItem {
  const { t } = context.locale;
  const isOff = state === 'off';
  return {
    label: isOff ? `$(eye) ${t('Turn On')}` : `$(eye-closed) ${t('Turn Off')}`,
    description: t('in the settings of this machine'),
    run: async () => {
      const watched = context.settings().watchedAgents;
      const isWanted = (id: (typeof AGENT_IDS)[number]): boolean =>
        id === agent ? isOff : watched.includes(id);
      await writeSettings({ watchedAgents: AGENT_IDS.filter(isWanted) });
      await showWatchedLogs(context);
    },
  };
}
