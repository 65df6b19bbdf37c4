import assert from 'node:assert/strict';
import { AGENT_IDS, agentName } from '../../../src/core/agents/signal.ts';
import { english } from '../../../src/core/base/format.ts';
import { backoffWords } from '../../../src/core/diagnosis/backoff.ts';
import { checklistsOf } from '../../../src/core/diagnosis/checklist.ts';
import { PLAYBOOKS } from '../../../src/core/diagnosis/playbooks.ts';
import { balance, daily, ENGLISH, factsOf, rate, ticketOf } from '../../support/demands.ts';
import { CHINESE } from '../../support/judgedIncident.ts';
import { supportTicket } from '../../../src/core/ticket/supportTicket.ts';
import { readText } from '../../support/tidy/files.ts';

const section = readText('docs/agents.md').split('### 3.3 Incidents')[1]?.split('\n### ')[0] ?? '';
const rows = section
  .split('\n')
  .filter(line => line.startsWith('| '))
  .map(line => line.split('|').map(cell => cell.trim()));
/** The row of an agent in the table with these columns; names have versions and notes. */
const rowsFor = (name: string) => rows.filter(cells => cells[1]?.startsWith(name));

describe('how agents retry', () => {
  for (const agent of AGENT_IDS) {
    const name = agentName(agent, english);
    const words = backoffWords(agent, name, english);
    const [, attempts] = /tries (\d+) times/.exec(words) ?? [];
    if (attempts === undefined) continue;
    const shown = agent === 'kilo-code' ? 'OpenCode' : agent === 'copilot' ? 'Copilot CLI' : name;
    it(`${name}: ${attempts} attempts, as in the documentation`, () => {
      const cells = rowsFor(shown).find(row => row.length > 5) ?? assert.fail(shown);
      const numbers = cells[2]?.match(/\d+/g)?.map(Number) ?? [];
      const product = (numbers[0] ?? 0) * (numbers[1] ?? 1);
      assert.ok([...numbers, product].includes(Number(attempts)), `${words} ${cells[2]}`);
    });
    const [, setting] = /\.\s(\w+) changes it\.$/.exec(words) ?? [];
    if (setting !== undefined)
      it(`${name}: ${setting}, as in the documentation`, () =>
        assert.ok(section.includes(`\`${setting}\``)));
  }

  it('is a step wherever requests come too fast', () => {
    for (const incident of [daily(), rate()])
      assert.ok(
        checklistsOf(factsOf(incident), ENGLISH)
          .flatMap(one => one.rows)
          .some(({ id }) => id === 'backOff'),
      );
    assert.ok(PLAYBOOKS.find(({ id }) => id === 'overload')?.steps.includes('backOff'));
  });
});

describe('pages for readers of Chinese', () => {
  for (const [fact, incident] of [
    ['the daily limit', daily()],
    ['the balance', balance()],
    ['a rate', rate()],
  ] as const)
    it(`${fact}: no page of a checklist or a ticket is in English where a Chinese one exists`, () => {
      const urls = checklistsOf(factsOf(incident), CHINESE)
        .flatMap(one => one.rows)
        .flatMap(({ url }) => url ?? []);
      assert.ok(urls.length > 0);
      assert.deepEqual(
        urls.filter(url => url.includes('/docs/en/')),
        [],
      );
      const input = { incident, incidents: [incident], snapshots: [] };
      const [inEnglish = '', inChinese = ''] = supportTicket(
        { ...input, checklist: factsOf(incident) },
        { locale: CHINESE, version: '1' },
      ).split('\n---\n');
      assert.match(inEnglish, /\/docs\/en\/kimi-code\/contact/);
      assert.match(inChinese, /kimi\.com\/code\/docs\/kimi-code\/contact/);
      assert.ok(ticketOf(incident).includes('https://forum.moonshot.ai/'));
    });
});
