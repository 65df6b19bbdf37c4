import assert from 'node:assert/strict';
import { eventReport } from '../../src/core/agents/eventReport.ts';
import { kimiCode } from '../../src/core/agents/kimiCode.ts';
import { storeEvent } from '../../src/core/agents/tail.ts';
import { wordsOfText } from '../../src/core/errors/wordsOfText.ts';
import { explain } from '../../src/core/explain/explain.ts';
import { explanationOf } from '../../src/core/explain/explained.ts';
import { incidentReport, incidentWords } from '../../src/core/explain/incidentReport.ts';
import { foldSignals } from '../../src/core/incidents/incidents.ts';
import { judge } from '../../src/core/incidents/judge.ts';
import { noticeWords } from '../../src/core/notices/noticeWords.ts';
import { incidentDetail, wordsDetail } from '../../src/core/panel/incidentPage.ts';
import { incidentSection } from '../../src/core/panel/incidentSection.ts';
import { publicIncident } from '../../src/core/publicFigures.ts';
import { supportTicket } from '../../src/core/ticket/supportTicket.ts';
import { readAs } from './agentLogs.ts';
import { CHINESE } from './judgedIncident.ts';
import { TOO_MANY } from './kimiCodeBurst.ts';
import { kimiAccount } from './headlines.ts';
import { ENGLISH, FIVE_HOURS, snapshotOf, viewOf } from './quotaViews.ts';

const NOTICED = {
  region: 'kimi.com',
  accounts: [kimiAccount(viewOf(snapshotOf([FIVE_HOURS])))],
  activity: {},
} as const;

/** How the surfaces are written. */
export const surfaceOptions = (now: number) => [ENGLISH, CHINESE].map(locale => ({ locale, now }));

/** Everything that is made of a failure of an agent's log and its incident. */
export function surfacesOf(words: string, now: number): Record<string, unknown> {
  const options = surfaceOptions(now);
  const time = new Date(now - 60_000).toISOString();
  const line = `${time} WARN  llm request failed  turnStep=0.1 model=kimi-code/k errorName=X errorMessage=${JSON.stringify(`429 ${TOO_MANY} ${words}`)} statusCode=429`;
  const signals = readAs(kimiCode, '/h/.kimi-code/sessions/wd/s/logs/kimi-code.log', [line]);
  const failures = signals.map(signal => ({ signal, file: 'f', byteOffset: 0 })) as Parameters<
    typeof storeEvent
  >[0][];
  const [incident] = foldSignals({ signals, failures, now: now }, { judge, snapshots: () => [] });
  assert.ok(incident && failures[0]);
  const notice = { subject: 's', incident, incidentId: incident.id } as const;
  return {
    archive: [storeEvent(failures[0]), incident],
    scan: [
      eventReport(failures[0]),
      incidentReport(incident, now),
      incidentWords(incident, now, ENGLISH),
    ],
    api: publicIncident(incident),
    ...Object.fromEntries(
      options.map(each => {
        const explanation = explain(incident, each);
        return [
          each.locale.language,
          {
            explanation,
            panel: [
              incidentSection([incident], true, each),
              incidentDetail(incident, explanation, { ...each, present: { activity: {} } }),
            ],
            notices: (['failure', 'runaway'] as const).map(kind =>
              noticeWords({ ...notice, kind }, { ...each, ...NOTICED }),
            ),
            ticket: supportTicket(
              { incident, incidents: [incident], snapshots: [] },
              { locale: each.locale, version: '1' },
            ),
          },
        ];
      }),
    ),
    inline: inlineOf(line, options),
    selection: inlineOf(`429 ${TOO_MANY} ${words}`, options),
  };
}

/** Hover, note, lens, terminal link and what they open. */
function inlineOf(text: string, options: ReturnType<typeof surfaceOptions>): unknown {
  const words = wordsOfText(text);
  assert.ok(words);
  return options.map(each => {
    const explanation = explanationOf({ kind: 'words', words }, each);
    return [words, explanation, wordsDetail('words', explanation, { ...words, t: each.locale.t })];
  });
}
