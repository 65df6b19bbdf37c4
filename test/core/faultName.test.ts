import assert from 'node:assert/strict';
import { faultName } from '../../src/core/base/ports.ts';

const withStack = (error: Error, stack: string): Error => Object.assign(error, { stack });
const secret = 'ENOENT: /home/me/project\n    at read (/home/me/words.js:1:2)';

describe('faultName', () => {
  const cases: [fact: string, fault: unknown, expected: string][] = [
    [
      'its kind and place, of its message nothing',
      withStack(
        new TypeError(secret),
        `TypeError: ${secret}\n    at read (/home/me/.vscode/dist/reader.js:3:14)\n    at a.js:9:9`,
      ),
      'TypeError at reader.js:3:14',
    ],
    [
      'its code',
      withStack(Object.assign(new Error(secret), { code: 'ENOENT' }), `Error: ${secret}`),
      'Error ENOENT',
    ],
    [
      'neither an invalid code nor an invalid name',
      withStack(Object.assign(new Error(''), { name: '/home/me', code: '/home/me' }), ''),
      'Error',
    ],
    ['the type of a value that is not an error', secret, 'a thrown string'],
    ['the type of undefined', undefined, 'a thrown undefined'],
  ];
  for (const [fact, fault, expected] of cases)
    it(`shows ${fact}`, () => assert.equal(faultName(fault), expected));

  it('finds the place of a thrown error', () => {
    assert.match(faultName(new RangeError('x')), /^RangeError at faultName\.test\.ts:\d+:\d+$/);
  });
});
