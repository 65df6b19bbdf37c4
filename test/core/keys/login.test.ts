import assert from 'node:assert/strict';
import {
  isTokenValid,
  LOGIN_FILE,
  LoginLink,
  parseAccessToken,
} from '../../../src/core/accounts/foundKey.ts';

const REFRESH = 'refresh-canary';
const file = (more: object): string =>
  JSON.stringify({
    access_token: 'eyJ.a.b',
    refresh_token: REFRESH,
    expires_at: 1_900_000_000,
    scope: 'kimi-code',
    token_type: 'Bearer',
    expires_in: 900,
    ...more,
  });

describe('parseAccessToken', () => {
  it('keeps only the access token and its expiry', () => {
    const token = parseAccessToken(file({}));
    assert.deepEqual(token, { token: 'eyJ.a.b', expiresAt: 1_900_000_000_000 });
    assert.ok(!JSON.stringify(token).includes(REFRESH));
  });
  it('reads a fraction of a second, as the older program writes it', () =>
    assert.equal(parseAccessToken(file({ expires_at: 1.5 }))?.expiresAt, 1500));

  const refused: [fact: string, text: string][] = [
    ['an empty token, which marks a revoked sign-in', file({ access_token: '' })],
    ['a token that a header may not contain', file({ access_token: 'a\r\nb' })],
    ['a token of 9 KB', file({ access_token: 'x'.repeat(9000) })],
    ['a token that is an object', file({ access_token: { access_token: 'x' } })],
    ['a file without an expiry', file({ expires_at: undefined })],
    ['an expiry that is text', file({ expires_at: 'soon' })],
    ['an expiry in a million years', file({ expires_at: 1e13 })],
    ['a list', '["access_token"]'],
    ['null', 'null'],
    ['a truncated file', file({}).slice(0, 60)],
    ['nothing', ''],
  ];
  for (const [fact, text] of refused)
    it(`reads no token from ${fact}`, () => assert.equal(parseAccessToken(text), undefined));

  it('drops a name that would reach the prototype', () => {
    parseAccessToken('{"__proto__": {"polluted": true}, "access_token": "a", "expires_at": 1}');
    assert.equal(Reflect.get({}, 'polluted'), undefined);
  });
});

describe('isTokenValid', () => {
  for (const [leftMs, isValid] of [
    [900_000, true],
    [60_001, true],
    [60_000, false],
    [0, false],
    [-1, false],
  ] as const)
    it(`is ${isValid} ${leftMs} ms before the expiry`, () =>
      assert.equal(isTokenValid({ expiresAt: 1e12 + leftMs }, 1e12), isValid));
});

describe('LoginLink', () => {
  const cases: [slot: string, isAllowed: boolean][] = [
    ['kimi-code', true],
    ['kimi-code-env-0123456789abcdef', true],
    ['kimi-code-env-0123456789ABCDEF', false],
    ['kimi-code-env-0123', false],
    ['../kimi-code', false],
    ['kimi-code\n', false],
    ['', false],
  ];
  for (const [slot, isAllowed] of cases) {
    it(`${isAllowed ? 'names' : 'does not name'} ${JSON.stringify(slot)}`, () =>
      assert.equal(LoginLink.safeParse({ program: 'kimiCli', slot }).success, isAllowed));
    it(`${isAllowed ? 'reads' : 'does not read'} a file ${JSON.stringify(slot)}.json`, () =>
      assert.equal(LOGIN_FILE.test(`${slot}.json`), isAllowed));
  }
});
