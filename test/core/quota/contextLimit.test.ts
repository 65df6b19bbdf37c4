import assert from 'node:assert/strict';
import type { RequestEnded } from '../../../src/core/agents/signal.ts';
import { loadContext, longContext, noteContext } from '../../../src/core/quota/contextLimit.ts';
import { parseContextTokens, savePlan } from '../../../src/core/quota/plan.ts';
import { openMemoryArchive } from '../../support/memoryArchive.ts';
import { NoticeHistory } from '../../support/noticeHistory.ts';
import { MINUTE_MS, NOW, snapshotOf } from '../../support/quotaViews.ts';

const PLUS = { contextTokens: { k3: 262_144, 'kimi-for-coding': 262_144 } };
const PRO = { contextTokens: { k3: 1_048_576 } };

const response = (model?: string, inputTokens?: number): RequestEnded => ({
  kind: 'requestEnded',
  at: NOW,
  agent: 'claude-code',
  session: 'one',
  ...(model === undefined ? {} : { model }),
  ...(inputTokens === undefined ? {} : { inputTokens }),
  evidence: {},
  contentKey: `${model} ${inputTokens}`,
});

describe('a conversation near the context of the plan', () => {
  const cases: [
    title: string,
    model: string | undefined,
    tokens: number | undefined,
    plan: object,
    isNear: boolean,
  ][] = [
    ['K3 on Plus, 90 %', 'k3', 236_000, PLUS, true],
    ['K3 on Plus, by its alias', 'kimi-code/k3', 236_000, PLUS, true],
    ['K3 on Plus, 85 %', 'k3', 222_823, PLUS, true],
    ['K3 on Plus, less', 'k3', 222_822, PLUS, false],
    [
      'a context of a million, which is all of K3',
      'k3',
      990_000,
      { contextTokens: { k3: 1_000_000 } },
      false,
    ],
    ['a context of a little less', 'k3', 990_000, { contextTokens: { k3: 999_999 } }, true],
    ['no model', undefined, 236_000, PLUS, false],
    ['K3 on Pro, which has all of it', 'k3', 236_000, PRO, false],
    ['a model whose whole context it is', 'kimi-for-coding', 236_000, PLUS, false],
    ['another provider', 'claude-opus-4', 236_000, PLUS, false],
    ['a plan that is not known', 'k3', 236_000, {}, false],
    ['a model named like a field of every object', 'constructor', 236_000, PLUS, false],
  ];
  for (const [title, model, tokens, plan, isNear] of cases)
    it(`is ${isNear ? '' : 'not '}found: ${title}`, () =>
      assert.equal(longContext([response(model, tokens)], plan) !== undefined, isNear));

  it('is not found without tokens', () =>
    assert.equal(longContext([response('k3')], PLUS), undefined));

  it('is the longest of several, with what Kimi calls its model', () => {
    const lengths = [230_000, 250_000, 240_000].map(tokens => response('kimi-code/k3', tokens));
    assert.deepEqual(longContext(lengths, PLUS), {
      at: NOW,
      agent: 'claude-code',
      session: 'one',
      model: 'k3',
      tokens: 250_000,
      limit: 262_144,
    });
  });

  const stores: [fact: string, responses: RequestEnded[], tokens: number | undefined][] = [
    ['nothing of a response without tokens', [response('k3')], undefined],
    ['nothing below the limit', [response('k3', 150_000)], undefined],
    ['a long one among short ones', [response('k3', 10), response('k3', 236_000)], 236_000],
  ];
  for (const [fact, responses, tokens] of stores)
    it(`stores ${fact}`, async () => {
      const archive = openMemoryArchive();
      await archive.appendSnapshot(snapshotOf([]));
      const { origin } = snapshotOf([]);
      await savePlan(archive, origin, { askedAt: NOW, plan: { levelName: 'Plus', ...PLUS } });
      await noteContext(archive, responses);
      assert.equal((await loadContext(archive))?.tokens, tokens);
      archive.dispose();
    });

  it('reads no plan while all conversations are short', async () => {
    const archive = openMemoryArchive();
    let readCount = 0;
    const rows = {
      get: archive.get,
      set: archive.set,
      readLatest: async () => (readCount++, []),
    };
    await noteContext(rows, [response('k3', 131_071)]);
    assert.equal(readCount, 0);
    await noteContext(rows, [response('k3', 131_072)]);
    assert.equal(readCount, 1);
    archive.dispose();
  });

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
