import assert from 'node:assert/strict';
import fc from 'fast-check';
import { bindingWindow, type WindowRoom } from '../../../src/core/quota/windows.ts';

interface Room extends WindowRoom {
  readonly id: string;
}

/** Rooms as `5h 84`, `week 0 @9` (with its reset), `month ?`. */
function rooms(words: string): Room[] {
  return words.split(', ').map(text => {
    const [id = '', left = '?', reset] = text.split(/ @?/);
    return {
      id,
      ...(left === '?' ? {} : { remainingPercent: Number(left) }),
      ...(reset === undefined ? {} : { resetsAt: Number(reset) }),
    };
  });
}

describe('bindingWindow', () => {
  const cases: [fact: string, words: string, expected: string | undefined][] = [
    ['is the shortest when all have room', '5h 84, week 67, month 81', '5h'],
    ['is the shortest even when the week has a little less', '5h 100, week 21', '5h'],
    ['is a low week before a full 5-hour window', '5h 100, week 20', 'week'],
    ['is the lowest of those that are low', '5h 12, week 15, month 3', 'month'],
    ['is the longer of two equally low', '5h 10, week 10', 'week'],
    ['is a used-up weekly quota before a full 5-hour quota', '5h 100 @5, week 0 @9', 'week'],
    ['is a used-up 5-hour quota before a low weekly quota', '5h 0 @5, week 1 @9', '5h'],
    ['is the used-up one that resets last', '5h 0 @5, week 0 @9, month 0 @7', 'week'],
    ['is a used-up one without reset before one with', '5h 0 @5, week 0', 'week'],
    ['passes over what is unknown', '5h ?, week 67', 'week'],
    ['is none when all is unknown', '5h ?, week ?', undefined],
    ['does not treat less than 1 as used up', '5h 0.000001, week 0', 'week'],
  ];
  for (const [fact, words, expected] of cases)
    it(fact, () => assert.equal(bindingWindow(rooms(words))?.id, expected));

  it('is none without windows', () => assert.equal(bindingWindow([]), undefined));

  it('is never one with room while another is used up', () => {
    const room = fc.record(
      { remainingPercent: fc.constantFrom(0, 1, 20, 50, 100), resetsAt: fc.nat() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(room), windows => {
        const hasSpent = windows.some(window => window.remainingPercent === 0);
        if (hasSpent) assert.equal(bindingWindow(windows)?.remainingPercent, 0);
      }),
    );
  });
});
