import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseKeyText, type KeyProblem } from '../../src/core/accounts/key.ts';
import { arbitraryText } from '../support/arbitraryText.ts';

const KEY = 'sk-kimi-stand-in';

function assertKey(text: string, expected: string): void {
  const read = parseKeyText(text);
  assert.deepEqual(read.kind === 'key' ? read.key : read.problem, expected);
}

describe('parseKeyText: trimmed', () => {
  const cases: [fact: string, text: string][] = [
    ['as it is', KEY],
    ['with a line break after it', `${KEY}\n`],
    ['with CR LF around it', `\r\n${KEY}\r\n`],
    ['with spaces and tabs around it', ` \t${KEY}\t `],
    ['with no-break spaces around it', `\u00A0${KEY}\u3000`],
    ['with a byte order mark before it', `\uFEFF${KEY}`],
    ['with a byte order mark after it', `${KEY}\uFEFF`],
    ['after Bearer', `Bearer ${KEY}`],
    ['after bearer and many spaces', `  bearer   ${KEY}`],
    ['after a byte order mark and Bearer', `\uFEFFBearer ${KEY}`],
  ];
  for (const [fact, text] of cases) it(`takes a key ${fact}`, () => assertKey(text, KEY));
});

describe('parseKeyText: refused', () => {
  const cases: [fact: string, text: string, problem: KeyProblem][] = [
    ['nothing', '', 'empty'],
    ['white space', ' \n\uFEFF ', 'empty'],
    ['only Bearer', 'Bearer ', 'empty'],
    ['a line break within', 'sk-kimi-a\nX-Evil: 1', 'hasSpace'],
    ['CR LF within', 'sk-kimi-a\r\nb', 'hasSpace'],
    ['a space within', 'sk-kimi-a b', 'hasSpace'],
    ['two keys', `${KEY} ${KEY}`, 'hasSpace'],
    ['a no-break space within', 'sk-kimi-a\u00A0b', 'hasSpace'],
    ['NUL within', 'sk-kimi-a\0b', 'hasStrangeCharacter'],
    ['a bell within', 'sk-kimi-a\u0007b', 'hasStrangeCharacter'],
    ['DEL within', 'sk-kimi-a\u007Fb', 'hasStrangeCharacter'],
    ['a zero-width space within', 'sk-kimi-a\u200Bb', 'hasStrangeCharacter'],
    ['a letter that is not ASCII', 'sk-kimi-ä', 'hasStrangeCharacter'],
    ['a Cyrillic letter that looks like ASCII', 'sk-kimi-\u0430', 'hasStrangeCharacter'],
    ['half a character', 'sk-kimi-\uD835', 'hasStrangeCharacter'],
    ['more than 1024 characters', `sk-${'x'.repeat(1022)}`, 'tooLong'],
    ["the token of a CLI's sign-in", 'eyJhbGciOiJI.eyJzdWIiOiIx.c2ln', 'token'],
    ['such a token after Bearer', 'Bearer eyJhbGciOiJI.eyJzdWIiOiIx.c2ln', 'token'],
    ['such a token, however long', `eyJhbGci.${'x'.repeat(2000)}.c2ln`, 'token'],
  ];
  for (const [fact, text, problem] of cases)
    it(`refuses ${fact}: ${problem}`, () => assertKey(text, problem));

  it('accepts only text that a header may contain', () => {
    fc.assert(
      fc.property(arbitraryText(), text => {
        const read = parseKeyText(text);
        if (read.kind === 'key') assert.match(read.key, /^[\x21-\x7E]{1,1024}$/);
      }),
    );
  });
});

describe('parseKeyText: product', () => {
  for (const [key, product] of [
    [KEY, 'kimiCode'],
    ['sk-example', 'openPlatform'],
    ['another-relay-key', undefined],
  ] as const)
    it(`attributes ${key} to ${product ?? 'no product'}`, () =>
      assert.deepEqual(parseKeyText(key), { kind: 'key', key, product }));
});
