import assert from 'node:assert/strict';
import { ledgerSection } from '../../../src/core/panel/ledgerSection.ts';
import { simulateBalance, SLOT_MS, START } from '../../support/balanceSimulator.ts';
import { CHINESE } from '../../support/judgedIncident.ts';
import { ENGLISH } from '../../support/quotaViews.ts';

const NOW = START + 240 * SLOT_MS;
const section = (reading: object, locale = ENGLISH) =>
  ledgerSection({
    reading: reading as never,
    ...({ windowId: 'week', by: 'session', now: NOW, locale } as const),
  });

describe('the section "Where it went" of a balance', () => {
  it('has money of each agent, and what no agent explains', () => {
    const { history, rows } = simulateBalance(17, 1);
    const found = section({ history, rows });
    assert.deepEqual(
      found.rows.map(({ cells }) => cells[0]),
      ['Kimi Code', 'Claude Code', 'Unexplained'],
    );
    for (const { cells } of found.rows) assert.match(cells[1]!, /CN¥\d+\.\d\d/);
    const summary = found.summary.join('\n');
    assert.match(summary, /^CN¥[\d.]+ of the balance used in the last 7 days\.$/m);
    assert.match(summary, /^Agents on this machine: CN¥[\d.]+ \(CN¥[\d.]+ to CN¥[\d.]+\)\.$/m);
    assert.match(summary, /explains at least CN¥/);
    assert.match(summary, /^Price of a million tokens: Input CN¥[\d.]+, .*Output CN¥[\d.]+\.$/m);
    assert.deepEqual([found.windowId, found.by, found.bars], ['balance', 'agent', []]);
  });

  it('names no one who used more while the agents explain everything', () => {
    const { history, rows } = simulateBalance(17);
    const found = section({ history, rows });
    assert.ok(found.rows.every(({ cells }) => cells[0] !== 'Unexplained'));
    assert.doesNotMatch(found.summary.join('\n'), /explains at least/);
  });

  it('says what went, and no shares, from few balances', () => {
    const { history, rows } = simulateBalance(17);
    const found = section({ history: history.slice(0, 6), rows });
    assert.match(found.summary.join('\n'), /of the balance used/);
    assert.match(found.empty ?? '', /^Not yet known/);
    assert.deepEqual(found.rows, []);
  });

  it('says that the balance was checked only once', () => {
    const { history } = simulateBalance(17);
    assert.match(
      section({ history: history.slice(0, 1), rows: [] }).empty ?? '',
      /checked only once/,
    );
  });

  it('has Chinese words', () => {
    const { history, rows } = simulateBalance(17, 1);
    const { summary, columns, rows: cells } = section({ history, rows }, CHINESE);
    assert.match([...summary, ...columns, ...cells.flatMap(row => row.cells)].join(''), /金额/);
  });
});
