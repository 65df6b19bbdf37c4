import type { Locale, Translate } from '../base/ports.ts';
import { checklistsOf, type ChecklistRow } from '../diagnosis/checklist.ts';
import {
  type CheckAction,
  type ChecklistFacts,
  type CheckState,
  idsOf,
} from '../diagnosis/checklistFacts.ts';
import { idLines } from '../diagnosis/idLines.ts';
import { directText } from '../diagnosis/directWords.ts';
import type { DiagnosisPart, PanelCheck } from './panelState.ts';

/** Ids, direct test and checklists of an incident for the page. Pure. */
export function diagnosisPart(facts: ChecklistFacts, locale: Locale): DiagnosisPart {
  const { incident, direct, now } = facts;
  const { t } = locale;
  return {
    ids: idLines(idsOf(incident), t),
    ...(direct ? { direct: directText(direct, now, locale) } : {}),
    testLabel: actionLabel('testAccount', t),
    checklists: checklistsOf(facts, locale).map(({ title, rows }) => ({
      title,
      rows: rows.map(row => panelCheck(row, t)),
    })),
  };
}

/** Only the ids, for an error text that is no incident. */
export const idsPart = (ids: readonly string[]): DiagnosisPart => ({ ids, checklists: [] });

function panelCheck(row: ChecklistRow, t: Translate): PanelCheck {
  const { id, text, found = '', state, isTicked, url, action } = row;
  return {
    id,
    text,
    found,
    state,
    isTicked,
    stateWord: isTicked ? t('ticked') : stateWord(state, found !== '', t),
    ...(url === undefined ? {} : { link: { label: t('Open'), url } }),
    ...(action ? { action: { id: action, label: actionLabel(action, t) } } : {}),
  };
}

function stateWord(state: CheckState, isFound: boolean, t: Translate): string {
  switch (state) {
    case 'done':
      return t('done');
    case 'notDone':
      return isFound ? t('needs attention') : t('not done');
    case 'unknown':
      // An empty box says so.
      return '';
  }
}

function actionLabel(action: CheckAction, t: Translate): string {
  switch (action) {
    case 'testAccount':
      return t('Test This Account Directly');
    case 'findPrograms':
      return t('Find Programs with This Key');
    case 'testOldKey':
      return t('Test Old Key');
    case 'statusPage':
      return t('Check Status Page');
  }
}
