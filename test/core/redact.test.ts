import assert from 'node:assert/strict';
import fc from 'fast-check';
import { redact } from '../../src/core/base/redact.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const path = (...names: readonly string[]): string => `/${names.join('/')}`;
const hex = (text: string): string => Buffer.from(text).toString('hex');

describe('redact', () => {
  const cases: [fact: string, text: string, expected: string][] = [
    ['a key of any kind is masked', 'key sk-0123456789abcdef.', 'key sk-….'],
    ['a Kimi Code key is masked', 'sk-kimi-0123456789abcdef', 'sk-…'],
    ['an Anthropic key is masked', '"sk-ant-api03-AbC_dEf-123456"', '"sk-…"'],
    ['a key after an escape is masked', '%3Dsk-0123456789abcdef', '%3Dsk-…'],
    ['a token is masked, its scheme stays', 'sent Bearer abc.def-1', 'sent Bearer …'],
    ['a header is masked', 'x-api-key: 12345, then', 'x-api-key: …, then'],
    [
      'a header with a scheme is masked as a whole',
      'Authorization: Basic dTpw',
      'Authorization: …',
    ],
    ['a JSON field is masked', '{"api_key":"a b","n":1}', '{"api_key":"…","n":1}'],
    ['an escaped field is masked', '{\\"token\\":\\"abc\\"}', '{\\"token\\":\\"…\\"}'],
    ['a JWT is masked', 'eyJhbGciOi.eyJzdWIiOi.c2ln-_x end', 'eyJ… end'],
    ['cookies go', 'Cookie: a=b; c=d rest', 'Cookie: … rest'],
    ['the user of a URL is masked', 'https://me:p@ss@host/x', 'https://…@host/x'],
    [
      'the signature of a URL is masked, its other parameters stay',
      'https://h/x?tab=quota&X-Amz-Signature=ab%2Fc&n=1',
      'https://h/x?tab=quota&X-Amz-Signature=…&n=1',
    ],
    [
      'a private key is masked',
      '-----BEGIN PRIVATE KEY-----\nMII',
      '-----BEGIN PRIVATE KEY-----\n…',
    ],
    ['a key split by a line break is masked', 'sk-0123456\n  789abcdef', 'sk-…'],
    ['a key split by an escaped line break is masked', 'sk-0123456\\n789abcdef x', 'sk-… x'],
    ['a key split by invisible characters is masked', 'sk-01\u200b2345\u20606789abc', 'sk-…'],
    ['a key split by color codes is masked', 'sk-\x1b[31m0123\x1b[0m456789', 'sk-…'],
    ['a key with a JSON escape is masked', '\\u0073k-012345\\u00367890', '\\u0073k-…'],
    ['a key with an encoded hyphen is masked', 'sk%2Dkimi%252D0123456789', 'sk%2D…'],
    ['a key with an entity is masked', 'sk&#45;kimi&#x2d;0123456789', 'sk&#45;…'],
    ['a key with another kind of escape is masked', 'sk\\x2d0123456789', 'sk\\x2d…'],
    ['a key with a typographic hyphen is masked', 'sk\u20110123456789', 'sk\u2011…'],
    ['a key in base64 is masked', `basic ${base64('sk-0123456789abcdef')}.`, 'basic …'],
    ['a key inside a longer base64 text is masked', `${base64('"sk-kimi-0123456789"')} x`, '… x'],
    ['a key in hexadecimal digits is masked', `${hex('sk-0123456789')} x`, '736b2d… x'],
    [
      'account ids are masked, except the end of a key id',
      'org-0f3c1d5e7a9b / proj-a418892b55d0 <ak-f8m2q7w1rtyu111abcd1> request',
      'org-… / proj-… <ak-…bcd1> request',
    ],
    ['an account id after a word without a space is masked', 'accorg-0f3c1d5e7a9b', 'accorg-…'],
    ['an email address is masked', 'ask <dev.one@kimi.com>', 'ask <…@…>'],
    ['the name in a home path is masked', 'at /home/me/x, /Users/me/y', 'at /home/…/x, /Users/…/y'],
    ['the name in a Windows path is masked', `C:\\Users\\${'nick'}\\x`, 'C:\\Users\\…\\x'],
    ['a name with a space is masked', `C:${path('Users', 'John Smith', 'x')}`, 'C:/Users/…/x'],
    [
      'a name of three words is masked',
      `at ${path('Users', 'Ana de Sousa', 'x')}`,
      'at /Users/…/x',
    ],
    [
      'the name of a folder in /root is masked',
      `at ${path('root', 'project', 'x.ts')}`,
      'at /root/…/x.ts',
    ],
    ['the name after a tilde is masked', 'at ~nick/.ssh/x', 'at ~…/.ssh/x'],
    [
      'the name in a path of a URL is masked',
      'file%3A%2Fhome%2Fnick%2Fx',
      'file%3A%2Fhome%2F…%2Fx',
    ],
    [
      'the name in a shared folder is masked',
      '\\\\server\\Users\\nick\\x',
      '\\\\server\\Users\\…\\x',
    ],
    ['links of a terminal go', 'a\x1b]8;;http://x\x07b\x1b]8;;\x07c', 'abc'],
    ['a device string is removed with its content', 'a\x1bP1;2|evil\x1b\\b\x90c\x9cd', 'abd'],
    ['bidirectional characters are removed', 'a\u202eb\u2066c', 'abc'],
    ['control characters are removed, line breaks and tabs stay', 'a\0b\r\nc\td\be', 'ab\nc\tde'],
    ['half a surrogate pair is replaced', 'a\ud800b', 'a\ufffdb'],
  ];
  for (const [fact, text, expected] of cases) it(fact, () => assert.equal(redact(text), expected));

  const kept: string[] = [
    "You've reached your usage limit. Upgrade: https://www.kimi.com/membership/subscription?tab=quota",
    'Your request exceeded model token limit: 262144 (requested: 269030)',
    'Incorrect API key provided',
    'request reached organization max RPM: 3, please try again after 1 seconds',
    'The API Key appears to be invalid or may have expired.',
    'key%20=%20none, 98% left, 100%25, c2st, 736b2d',
    'task-force-of-many-words, org-level limits, ask-me-anything',
    'Bearer authentication failed, authorization: missing',
    '没找到对象 ‘quoted’ “words” …',
  ];
  for (const text of kept) it(`keeps: ${text}`, () => assert.equal(redact(text), text));

  it('returns at most 4 KB of whole characters', () => {
    const redacted = redact('é𝄞'.repeat(4000));
    assert.ok(Buffer.byteLength(redacted) <= 4096 && Buffer.byteLength(redacted) > 4080);
    assert.doesNotMatch(redacted, /\p{Surrogate}/u);
  });

  it('shows no part of a key at its length limits', () => {
    for (let before = 8150; before < 8200; before++) {
      assert.ok(!redact(`${'\0'.repeat(before)}sk-ABCDEFGHIJKLMNOP`).includes('ABCD'));
    }
  });

  it('masks all of 30,000 secrets, and finds none in its own result', () => {
    fc.assert(fc.property(hiddenSecret, assertHidden), { numRuns: 30_000 });
  });
});

const BODY = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const body = fc
  .array(fc.nat(BODY.length - 1), { minLength: 20, maxLength: 28, size: 'max' })
  // A key without a digit looks like a word; no such key is known.
  .map(places => places.map(place => BODY[place]).join('') + '7');

/** Contexts of secrets; `§` is the secret. */
const PLACES = [
  'sk-§',
  'use sk-kimi-§ now',
  '{"error":"sk-ant-api03-§"}',
  'Authorization: Bearer §',
  'x-api-key: §, retry',
  'headers {"x-api-key":"§"}',
  '{\\"api_key\\":\\"§\\"}',
  'Set-Cookie: a=1; kimi-auth=§; Path=/',
  'https://user:§@api.kimi.com/coding',
  'https://bucket/x?tab=quota&X-Amz-Signature=§&n=1',
  'eyJhbGciOiJIUzI1NiJ9.§.§',
  'ghp_§',
] as const;

const SPLITS = [
  '',
  '\n',
  '\r\n    ',
  '\\n',
  '\\\\n',
  '\u200b',
  '\x1b[31m',
  '\\u200b',
  '\\u001b[0m',
];

const hiddenSecret = fc.record({
  body,
  place: fc.constantFrom(...PLACES),
  split: fc.constantFrom(...SPLITS),
  at: fc.nat(18),
  escape: fc.constantFrom(...(['none', 'json', 'url', 'twice', 'entity', 'code'] as const)),
  before: fc.constantFrom('', 'Error: ', '429 {"error":"', '重试\n', '\x1b[1m', 'key=%20'),
});

type Hidden = typeof hiddenSecret extends fc.Arbitrary<infer Value> ? Value : never;

function assertHidden({ body, place, split, at, escape, before }: Hidden): void {
  const escaped = ESCAPES[escape](body[at]!);
  const secret = body.slice(0, at) + escaped + split + body.slice(at + 1);
  const redacted = redact(before + place.replaceAll('§', () => secret));
  for (let from = 0; from + 6 <= body.length; from += 2)
    assert.ok(!redacted.includes(body.slice(from, from + 6)), redacted);
  assert.equal(redact(redacted), redacted);
}

const ESCAPES = {
  none: (char: string) => char,
  json: (char: string) => `\\u00${hex(char)}`,
  url: (char: string) => `%${hex(char)}`,
  twice: (char: string) => `%25${hex(char)}`,
  entity: (char: string) => `&#${char.charCodeAt(0)};`,
  code: (char: string) => `\\x${hex(char)}`,
} as const;
