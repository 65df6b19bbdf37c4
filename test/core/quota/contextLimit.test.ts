import assert from 'node:assert/strict';
import type { RequestEnded } from '../../../src/core/agents/signal.ts';
import { loadContext, longContext, noteContext } from '../../../src/core/quota/contextLimit.ts';
import { parseContextTokens, savePlan } from '../../../src/core/quota/plan.ts';
import { openMemoryArchive } from '../../support/memoryArchive.ts';
import { NoticeHistory } from '../../support/noticeHistory.ts';
import { MINUTE_MS, NOW, snapshotOf } from '../../support/quotaViews.ts';

const PLUS = { contextTokens: { k3: 262_144, 'kimi-for-coding': 262_144 } };
const PRO = { contextTokens: { k3: 1_048_576 } };

const response = (model: string, inputTokens: number): RequestEnded => ({
  kind: 'requestEnded',
  at: NOW,
  agent: 'claude-code',
  session: 'one',
  model,
  inputTokens,
  evidence: {},
  contentKey: `${model} ${inputTokens}`,
});

describe('a conversation near the context of the plan', () => {
  const cases: [title: string, model: string, tokens: number, plan: object, isNear: boolean][] = [
    ['K3 on Plus, 90 %', 'k3', 236_000, PLUS, true],
    ['K3 on Plus, by its alias', 'kimi-code/k3', 236_000, PLUS, true],
    ['K3 on Plus, 50 %', 'k3', 131_072, PLUS, false],
    ['K3 on Pro, which has all of it', 'k3', 236_000, PRO, false],
    ['a model whose whole context it is', 'kimi-for-coding', 236_000, PLUS, false],
    ['another provider', 'claude-opus-4', 236_000, PLUS, false],
    ['a plan that is not known', 'k3', 236_000, {}, false],
    ['a model named like a field of every object', 'constructor', 236_000, PLUS, false],
  ];
  for (const [title, model, tokens, plan, isNear] of cases)
    it(`is ${isNear ? '' : 'not '}found: ${title}`, () =>
      assert.equal(longContext([response(model, tokens)], plan) !== undefined, isNear));

  it('is stored for the account whose plan is known', async () => {
    const archive = openMemoryArchive();
    const { origin } = snapshotOf([]);
    await archive.appendSnapshot(snapshotOf([]));
    await savePlan(archive, origin, { askedAt: NOW, plan: { levelName: 'Plus', ...PLUS } });
    await noteContext(archive, [response('k3', 236_000)]);
    assert.equal((await loadContext(archive))?.limit, 262_144);
    archive.dispose();
  });

  it('is reported once a day for each conversation', () => {
    const history = new NoticeHistory();
    history.read({ '5h': 84 });
    history.pass(MINUTE_MS);
    const context = { ...response('k3', 236_000), model: 'k3', tokens: 236_000, limit: 262_144 };
    history.context = { ...context, at: history.now };
    history.pass(MINUTE_MS);
    history.context = { ...context, at: history.now, tokens: 250_000 };
    history.pass(MINUTE_MS);
    assert.deepEqual(history.reported, ['context one']);
  });
});

describe('the models of a plan', () => {
  it('are read with the context that the plan allows', () =>
    assert.deepEqual(
      parseContextTokens({ data: [{ id: 'k3', context_length: 262_144 }, { id: 3 }, null] }),
      { k3: 262_144 },
    ));
  for (const body of [undefined, {}, { data: 'k3' }, { data: [] }])
    it(`are unknown after ${JSON.stringify(body)}`, () =>
      assert.equal(parseContextTokens(body), undefined));
});
