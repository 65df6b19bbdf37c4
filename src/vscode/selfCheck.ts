import { env, extensions, version, window, type QuickPick } from 'vscode';
import { DisposableStore } from '../core/disposables.ts';
import type { SelfCheckFacts } from '../core/selfCheck/facts.ts';
import { judgeFacts } from '../core/selfCheck/judgeFacts.ts';
import type { WordsContext } from '../core/selfCheck/rule.ts';
import { selfCheckText, verdictWords } from '../core/selfCheck/selfCheckReport.ts';
import type { CommandContext } from './commandContext.ts';
import { findOut, withChat, withStatusPage } from './selfCheckFacts.ts';
import { selfCheckRows, type Row, type RowAction } from './selfCheckRows.ts';

/**
 * "Run Self-Check": what stands between this window and Kimi, row by row, and what can be done about
 * each. What costs something, or asks somebody else, is a row that has to be chosen.
 */
export function selfCheck(context: CommandContext): void {
  const own = new DisposableStore();
  const list = own.add(window.createQuickPick<Row>());
  list.title = context.locale.t('Kimi Quota: Self-Check');
  list.matchOnDescription = true;
  list.matchOnDetail = true;
  // A question in between must not close it.
  list.ignoreFocusOut = true;
  let facts: SelfCheckFacts | undefined;
  const fill = async (find: () => Promise<SelfCheckFacts>): Promise<void> => {
    list.busy = true;
    list.placeholder = context.locale.t('Asking Kimi, and looking at this machine…');
    facts = await find();
    show(facts, list, context);
  };
  own.add(list.onDidHide(() => own.dispose()));
  own.add(
    list.onDidAccept(() => {
      const action = list.activeItems[0]?.action;
      if (action && facts && !list.busy) void run(action, { facts, fill, list, context });
    }),
  );
  list.show();
  void fill(() => findOut(context));
}

function show(facts: SelfCheckFacts, list: QuickPick<Row>, context: CommandContext): void {
  const rows = judgeFacts(facts, wordsContext(context));
  list.items = selfCheckRows(rows, facts, context.locale.t);
  list.placeholder = verdictWords(rows, context.locale.t);
  list.busy = false;
}

const wordsContext = ({ clock, locale }: CommandContext): WordsContext => ({
  locale,
  surface: 'editor',
  now: clock.now(),
});

interface Running {
  readonly facts: SelfCheckFacts;
  readonly fill: (find: () => Promise<SelfCheckFacts>) => Promise<void>;
  readonly list: QuickPick<Row>;
  readonly context: CommandContext;
}

async function run(action: RowAction, { facts, fill, list, context }: Running): Promise<void> {
  switch (action.kind) {
    case 'chat':
      return fill(() => withChat(facts, action.account, context));
    case 'statusPage':
      return fill(() => withStatusPage(facts, context));
    case 'again':
      return fill(() => findOut(context));
    case 'copy':
      list.hide();
      return copyReport(facts, context);
    case 'open':
      list.hide();
      await action.open();
  }
}

async function copyReport(facts: SelfCheckFacts, context: CommandContext): Promise<void> {
  const words = wordsContext(context);
  const own = extensions.getExtension('kimi-quota.kimi-quota')?.packageJSON as
    { readonly version: string } | undefined;
  const place = `${own?.version ?? ''}, ${env.appName} ${version}`;
  await env.clipboard.writeText(selfCheckText(judgeFacts(facts, words), place, words));
  window.setStatusBarMessage(context.locale.t('The report was copied.'), 5000);
}
