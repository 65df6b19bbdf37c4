import assert from 'node:assert/strict';
import { readUsages } from '../../src/core/quota/usages.ts';
import { chatQuestion, modelForChat } from '../../src/core/selfCheck/answers.ts';
import {
  judgeFacts,
  selfCheckReport,
  selfCheckText,
} from '../../src/core/selfCheck/selfCheckReport.ts';
import { lookAtAccount } from '../../src/core/selfCheck/lookAtAccount.ts';
import { EndpointProbe } from '../../src/node/endpointProbe.ts';
import { parseBaseUrl } from '../../src/node/parseBaseUrl.ts';
import { hostilePayloads } from '../support/hostile/payloads.ts';
import { surfaceOptions, surfacesOf } from '../support/surfaces.ts';
import { healthy } from '../support/selfCheckFacts.ts';

const NOW = Date.UTC(2026, 10, 21, 22);
/** No key of anybody: what is looked for in whatever leaves. */
const BODY = 'NoKeyCanary7Zq3Xv9Wm5Tb1Lr';
const KEYS = {
  'a key of Kimi Code': `sk-kimi-${BODY}`,
  'a key of the open platform': `sk-${BODY}`,
  'a key of another provider': `sk-ant-api03-${BODY}`,
  'a token': `eyJhbGciOiJIUzI1NiJ9.${BODY}.${BODY}`,
  'a named key': `"api_key": "${BODY}"`,
  'a header': `Authorization: Bearer ${BODY}`,
  'a cookie': `Cookie: kimi-auth=${BODY}; theme=dark`,
} as const;

const ofAll = (text: string, encode: string): string =>
  Buffer.from(text).toString('hex').replace(/../g, encode);

/** Its form in a log. A text encoded as a whole is only searched where it looks like a key. */
const WAYS: Readonly<Record<string, (key: string) => string>> = {
  plain: key => key,
  'in a URL': key => encodeURIComponent(key),
  'with encoded hyphens': key => key.replaceAll('-', '%2D'),
  'with hyphens encoded twice': key => key.replaceAll('-', '%252D'),
  'with entities': key => key.replaceAll('-', '&#45;'),
  escaped: key => key.replaceAll('-', '\\u002d').replaceAll('7', '\\x37'),
  split: key => key.replace(/.{7}/g, '$&\u200b'),
  'split by lines': key => key.replace(/.{11}/g, '$&\n'),
  coloured: key => key.replace(/.{7}/g, '$&\x1b[31m'),
  'in JSON': key => JSON.stringify({ error: { message: key } }),
};
const WHOLE: Readonly<Record<string, (key: string) => string>> = {
  'in base64': key => Buffer.from(key).toString('base64'),
  'in base64, quoted': key => Buffer.from(`"${key}"`).toString('base64'),
  'in base64, behind a name': key => Buffer.from(`a=${key}`).toString('base64url'),
  'in hexadecimal digits': key => Buffer.from(key).toString('hex'),
  'percent by percent': key => ofAll(key, '%$&'),
  'code by code': key => ofAll(key, '\\u00$&'),
};
const kimiKey = KEYS['a key of Kimi Code'];
const hidden: [fact: string, text: string][] = [
  ...Object.entries(KEYS).flatMap(([what, key]) =>
    Object.entries(WAYS).map(([way, hide]): [string, string] => [`${what}, ${way}`, hide(key)]),
  ),
  ...Object.entries(WHOLE).map(([way, hide]): [string, string] => [
    `a key of Kimi Code, ${way}`,
    hide(kimiKey),
  ]),
];

/** Twelve characters in a row of it or of how it was hidden; its public beginning apart. */
function traceOf(output: string, secret: string): string | undefined {
  const bare = (text: string): string => text.replace(/[\s\u200b]|\x1b\[31m/g, '');
  const haystack = bare(output);
  for (const needle of [BODY, bare(secret).slice(24), Buffer.from(BODY).toString('hex')])
    for (let at = 0; at + 12 <= needle.length; at++) {
      const piece = needle.slice(at, at + 12);
      // The text around a cookie is no secret.
      if (haystack.includes(piece) && !/theme=dark|"\}\}/.test(piece)) return piece;
    }
  return undefined;
}

const options = surfaceOptions(NOW);

describe('canaries in logs', () => {
  for (const [fact, text] of hidden)
    it(`${fact}: on no surface and not in the archive`, () => {
      for (const [surface, made] of Object.entries(surfacesOf(text, NOW)))
        assert.equal(traceOf(JSON.stringify(made), text), undefined, surface);
    });
});

describe('hostile text in a log', () => {
  it('make no link, icon, markup or control character in a notification and a ticket', () => {
    for (const payload of hostilePayloads) {
      const { en, 'zh-cn': zh } = surfacesOf(payload, NOW) as Record<string, Worded>;
      for (const { notices, ticket } of [en, zh] as Worded[]) {
        assert.equal(notices.length, 2);
        for (const text of [...notices, ticket]) {
          assert.doesNotMatch(
            text,
            /\]\(|\$\(|<[a-z!/][^…]*>|\b(?:command|javascript|vscode|file|data):/i,
          );
          assert.doesNotMatch(text, /[^\P{C}\n]/u);
        }
      }
    }
  });
});

interface Worded {
  readonly notices: readonly string[];
  readonly ticket: string;
}

describe('canaries in responses and settings', () => {
  const endpoint = parseBaseUrl('https://relay.example/coding/v1', 'kimiCode');
  const poison = `${kimiKey} ${Buffer.from(kimiKey).toString('base64')}`;
  const body = { message: poison, error: { type: kimiKey, message: poison } };
  const headers = { 'retry-after': '7', 'x-request-id': kimiKey, 'set-cookie': kimiKey };
  const usages = {
    usage: { name: kimiKey, limit: '100', used: '7', remaining: '93' },
    limits: [
      {
        title: Buffer.from(kimiKey).toString('base64'),
        window: { duration: 300, timeUnit: 'TIME_UNIT_MINUTE' },
        detail: { limit: '100', used: '16', remaining: '84' },
      },
      { name: kimiKey, detail: { limit: '100', used: '16', remaining: '84' } },
    ],
    data: [{ id: kimiKey }, { id: 'k3' }],
    [kimiKey]: kimiKey,
  };
  const answers: [fact: string, status: number, body: string][] = [
    ['usages', 200, JSON.stringify(usages)],
    ['JSON of another form', 200, JSON.stringify({ [kimiKey]: poison })],
    ['a page', 200, `<html><title>${poison}</title></html>`],
    ['no JSON', 200, poison],
    ...[302, 400, 401, 402, 403, 404, 407, 429, 500, 503, 511].map(
      (status): [string, number, string] => [`HTTP ${status}`, status, JSON.stringify(body)],
    ),
  ];

  async function rowsFor(fetch: () => Promise<Response>) {
    assert.ok(!('problem' in endpoint));
    const probe = new EndpointProbe({ endpoint, now: () => NOW, fetch, userAgent: 'test' });
    const found = await lookAtAccount(
      { id: 'kimiCode', endpoint },
      {
        key: { kind: 'key', key: kimiKey, isLinked: false },
        probe: async () => probe,
        hasProxySetting: true,
      },
    );
    const chat = await probe.chat(kimiKey, 'k3');
    const statusPage = await probe.readStatusPage();
    const facts = { accounts: [{ ...found, chat }], machine: { ...healthy, statusPage } };
    return options.flatMap(({ locale, now }) =>
      (['editor', 'terminal'] as const).map(surface => {
        const rows = judgeFacts(facts, { locale, surface, now });
        const question = chatQuestion(
          endpoint,
          modelForChat('kimiCode', found.answers?.models),
          locale.t,
        );
        const text = selfCheckText(rows, 'here', { locale, surface, now });
        return [facts, rows, question, selfCheckReport(rows, now), text];
      }),
    );
  }

  for (const [fact, status, text] of answers)
    it(`${fact}: not in the self-check, its report, its question or what it knows`, async () => {
      const rows = await rowsFor(async () => new Response(text, { status, headers }));
      assert.equal(traceOf(JSON.stringify(rows), poison), undefined);
    });

  it('a failure of the network that names it', async () => {
    const rows = await rowsFor(async () => {
      throw new TypeError(`fetch failed ${poison}`, {
        cause: Object.assign(new Error(poison), { code: kimiKey }),
      });
    });
    assert.equal(traceOf(JSON.stringify(rows), poison), undefined);
  });

  it('not in a snapshot, whatever the names of the windows', () => {
    const read = readUsages(usages, { at: NOW, origin: 'https://api.kimi.com', clockSkewMs: 0 });
    assert.equal(read.kind, 'snapshot');
    assert.equal(traceOf(JSON.stringify(read), poison), undefined);
  });

  for (const baseUrl of [
    `https://me:${kimiKey}@relay.example/`,
    `https://relay.example/?key=${kimiKey}`,
    `http://relay.example/${kimiKey}`,
    kimiKey,
  ])
    it(`not from a base URL such as ${baseUrl.replace(kimiKey, '…')}`, () => {
      const problem = parseBaseUrl(baseUrl, 'kimiCode');
      const account = { id: 'kimiCode', endpoint: problem } as const;
      const facts = {
        account,
        key: { kind: 'none' },
        isMismatched: false,
        hasProxy: false,
      } as const;
      for (const { locale, now } of options) {
        const rows = judgeFacts(
          { accounts: [facts], machine: healthy },
          { locale, now, surface: 'editor' },
        );
        assert.equal(traceOf(JSON.stringify([facts, rows]), kimiKey), undefined);
      }
    });
});
