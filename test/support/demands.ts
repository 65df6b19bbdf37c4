import assert from 'node:assert/strict';
import { english } from '../../src/core/base/format.ts';
import { checklistsOf, type ChecklistRow } from '../../src/core/diagnosis/checklist.ts';
import type { ChecklistFacts } from '../../src/core/diagnosis/checklistFacts.ts';
import { EMPTY_CHECKLIST } from '../../src/core/diagnosis/checklistState.ts';
import type { CheckStepId } from '../../src/core/diagnosis/playbooks.ts';
import type { Category } from '../../src/core/errors/category.ts';
import { classify } from '../../src/core/errors/classify.ts';
import { explain } from '../../src/core/explain/explain.ts';
import type { Incident } from '../../src/core/incidents/incident.ts';
import { judge } from '../../src/core/incidents/judge.ts';
import type { Cause, VerdictInput } from '../../src/core/incidents/verdict.ts';
import type { LedgerRow } from '../../src/core/ledger/ledger.ts';
import { supportTicket } from '../../src/core/ticket/supportTicket.ts';
import { ORG_A } from './directAnswers.ts';
import { judgedIncident } from './judgedIncident.ts';
import { NOW } from './quotaViews.ts';
import { inputOf, TOO_MANY } from './verdictInputs.ts';

/** What a demand is met by: it fails where the product no longer does what was asked. */
export type Demands = Readonly<Record<string, () => void | Promise<void>>>;

/** One test for each demand. */
export function describeDemands(source: string, demands: Demands): void {
  describe(`what is asked in ${source}`, () => {
    for (const [asks, proof] of Object.entries(demands)) it(asks, proof);
  });
}

export const ENGLISH = { language: 'en', timeZone: 'UTC', t: english };
/** Made up, and put together so that no scanner takes them for real ones. */
export const KEY_ID = `ak-${'4e5f'.repeat(5)}`;
export const PROJECT = `proj-${'2c3d'.repeat(8)}`;
export const TPD = `429 {"error":{"type":"rate_limit_reached_error","message":"Your account ${ORG_A} / ${PROJECT} <${KEY_ID}> request reached organization TPD rate limit, current: 1526210, limit: 1500000"}}`;
export const PROXY =
  '429 {"errorMessage":"429 Your account is suspended due to insufficient balance, please recharge your account or check your plan and billing details"}';
export const CODE = 'https://api.kimi.com';

export const incidentOf = (text: string, more: Partial<VerdictInput> = {}): Incident =>
  judgedIncident(inputOf(text, more), { text });
export const platform = { provider: 'open-platform', host: 'api.moonshot.ai' } as const;
export const factsOf = (
  incident: Incident,
  more: Partial<ChecklistFacts> = {},
): ChecklistFacts => ({
  incident,
  state: EMPTY_CHECKLIST,
  now: NOW,
  ...more,
});
export const rowsOf = (
  incident: Incident,
  more: Partial<ChecklistFacts> = {},
): readonly ChecklistRow[] =>
  checklistsOf(factsOf(incident, more), ENGLISH).flatMap(({ rows }) => rows);
/** The row of a step; fails without it. */
export const rowOf = (
  id: CheckStepId,
  incident: Incident,
  more: Partial<ChecklistFacts> = {},
): ChecklistRow =>
  rowsOf(incident, more).find(row => row.id === id) ?? assert.fail(`no step ${id}`);
export const daily = () => incidentOf(TPD, platform);
export const balance = () => incidentOf(PROXY, { provider: 'unknown' });
export const rate = (more: Partial<VerdictInput> = {}) => incidentOf(TOO_MANY, more);

export function hasSteps(incident: Incident, ...ids: CheckStepId[]): void {
  const found = rowsOf(incident).map(({ id }) => id);
  for (const id of ids) assert.ok(found.includes(id), `${id} is not in ${found.join(' ')}`);
}
export const explained = (incident: Incident) => explain(incident, { locale: ENGLISH, now: NOW });
export const stepTexts = (incident: Incident): string =>
  explained(incident)
    .steps.map(({ text }) => text)
    .join('\n');
export const ticketOf = (incident: Incident, more: Partial<ChecklistFacts> = {}): string =>
  supportTicket(
    { incident, incidents: [incident], snapshots: [], checklist: factsOf(incident, more) },
    { locale: ENGLISH, version: '1' },
  );
export const says = (text: string, category: Category): void =>
  assert.equal(classify(text).category, category);
export const causedBy = (input: VerdictInput, cause: Cause): void =>
  assert.equal(judge(input).cause, cause);

/** One slot of what an agent used of the plan. */
export const ledgerRow = ({
  output = 0,
  ...row
}: Partial<LedgerRow> & { readonly output?: number }): LedgerRow => ({
  ...{ from: NOW, spanMs: 3_600_000, account: 'kimi-code', agent: 'kimi-code', isSubagent: false },
  ...{ answers: 0, failures: 0, retries: 0 },
  tokens: { input: 0, cacheRead: 0, cacheWrite: 0, output },
  ...row,
});
