import { tickStep } from '../core/diagnosis/checklistState.ts';
import type { Incident } from '../core/incidents/incident.ts';
import { diagnosisPart } from '../core/panel/checklistSection.ts';
import type { DiagnosisRequest } from '../core/panel/panelExchange.ts';
import type { DiagnosisPart } from '../core/panel/panelState.ts';
import type { CommandContext } from './commandContext.ts';
import { checklistFacts, findPrograms, testAccount, testOldKey } from './diagnose.ts';
import { askForStatus } from './statusPage.ts';

/** Ids, direct test and checklists of an incident. */
export async function diagnosisOf(
  context: CommandContext,
  incident: Incident,
): Promise<DiagnosisPart> {
  return diagnosisPart(await checklistFacts(context, incident), context.locale);
}

/** Carries out a request of the page. Sample data is only shown. */
export async function runDiagnosis(
  context: CommandContext,
  request: DiagnosisRequest,
): Promise<void> {
  const { archive, clock } = context;
  const { id } = request;
  if (request.kind === 'tick') return tickStep(archive, id, { ...request, at: clock.now() });
  if (context.isSample) return;
  switch (request.action) {
    case 'testAccount':
      return testAccount(context, id);
    case 'findPrograms':
      return findPrograms(context, id);
    case 'testOldKey':
      return testOldKey(context, id);
    case 'statusPage':
      return askForStatus(context);
  }
}
