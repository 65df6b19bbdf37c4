import type { Locale, Translate } from '../base/ports.ts';
import { checklistsOf, type ChecklistRow } from '../diagnosis/checklist.ts';
import {
  type CheckAction,
  type ChecklistFacts,
  type CheckState,
  idsOf,
} from '../diagnosis/checklistFacts.ts';
import { directText } from '../diagnosis/directWords.ts';
import type { Incident } from '../incidents/incident.ts';
import type { DiagnosisPart, PanelCheck } from './panelState.ts';

/** Ids, direct test and checklists of an incident for the page. Pure. */
export function diagnosisPart(facts: ChecklistFacts, locale: Locale): DiagnosisPart {
  const { incident, direct, now } = facts;
  const { t } = locale;
  return {
    ids: idLines(incident, t),
    ...(direct ? { direct: directText(direct, now, locale) } : {}),
    testLabel: actionLabel('testAccount', t),
    checklists: checklistsOf(facts, locale).map(({ title, rows }) => ({
      title,
      rows: rows.map(row => panelCheck(row, t)),
    })),
  };
}

/** The ids that support asks for, one a line. They are the user's, and are shown nowhere else. */
function idLines(incident: Incident, t: Translate): string[] {
  const { organization, project, key, requests = [] } = idsOf(incident) ?? {};
  return [
    ...(organization === undefined ? [] : [t('Organization ID: {0}', organization)]),
    ...(project === undefined ? [] : [t('Project ID: {0}', project)]),
    ...(key === undefined ? [] : [t('Key ID: {0}', key)]),
    ...(requests.length === 0 ? [] : [t('Request and trace IDs: {0}', requests.join(', '))]),
  ];
}

function panelCheck(row: ChecklistRow, t: Translate): PanelCheck {
  const { id, text, found = '', state, isTicked, url, action } = row;
  return {
    id,
    text,
    found,
    state,
    isTicked,
    stateWord: isTicked ? t('ticked') : stateWord(state, t),
    ...(url === undefined ? {} : { link: { label: t('Open'), url } }),
    ...(action ? { action: { id: action, label: actionLabel(action, t) } } : {}),
  };
}

function stateWord(state: CheckState, t: Translate): string {
  switch (state) {
    case 'done':
      return t('done');
    case 'notDone':
      return t('not done');
    case 'unknown':
      return t('not known');
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
