import assert from 'node:assert/strict';
import { Settings } from '../../../src/core/settings.ts';
import { guardOf, loadGuard, parseTimes, saveGuard } from '../../../src/core/status/guard.ts';
import { FakeArchive } from '../../support/fakeArchive.ts';

const TIMES: readonly (readonly [text: string, times: ReturnType<typeof parseTimes>])[] = [
  ['22:00-07:00', [22 * 60, 7 * 60]],
  ['9:30-17:05', [9 * 60 + 30, 17 * 60 + 5]],
  ['00:00-23:59', [0, 23 * 60 + 59]],
  ['24:00-07:00', undefined],
  ['22:60-07:00', undefined],
  ['22-07', undefined],
  ['22:00', undefined],
  ['22:00-07:00 and more', undefined],
  ['', undefined],
];

describe('guard', () => {
  for (const [text, times] of TIMES)
    it(`parses "${text}"${times ? '' : ' as no times'}`, () =>
      assert.deepEqual(parseTimes(text), times));

  const guards: readonly [fact: string, settings: object, guard: object][] = [
    ['stops nothing by default', {}, {}],
    ['stops below a share', { 'guard.stopBelowPercent': 10 }, { stopBelowPercent: 10 }],
    [
      'stops below a share at night',
      { 'guard.stopBelowPercent': 10, 'guard.between': '22:00-07:00' },
      { stopBelowPercent: 10, between: [1320, 420] },
    ],
    ['has no times of their own', { 'guard.between': '22:00-07:00' }, {}],
    [
      'ignores times that are none',
      { 'guard.stopBelowPercent': 10, 'guard.between': 'at night' },
      { stopBelowPercent: 10 },
    ],
    ['ignores a share that is none', { 'guard.stopBelowPercent': 100 }, {}],
    ['stops a runaway', { 'guard.stopRunaway': true }, { stopsRunaway: true }],
  ];
  for (const [fact, settings, guard] of guards)
    it(`of settings: ${fact}, and hooks read the same`, async () => {
      const archive = new FakeArchive();
      const own = guardOf(Settings.parse(settings));
      assert.deepEqual(own, guard);
      await saveGuard(archive, own);
      assert.deepEqual(await loadGuard(archive), guard);
    });

  it('is stored only when it changes, and removed when it is off', async () => {
    const archive = new FakeArchive();
    await saveGuard(archive, {});
    const before = await archive.readChangeCount();
    await saveGuard(archive, {});
    assert.equal(await archive.readChangeCount(), before);
    await saveGuard(archive, { stopsRunaway: true });
    await saveGuard(archive, {});
    assert.equal(await archive.get('guard'), undefined);
  });

  for (const junk of ['', '{', '[]', '{"stopBelowPercent":"10"}', '{"between":[1,5000]}'])
    it(`that is stored as ${junk || 'nothing'} stops nothing`, async () => {
      const archive = new FakeArchive();
      await archive.set('guard', junk);
      assert.deepEqual(await loadGuard(archive), {});
    });
});
