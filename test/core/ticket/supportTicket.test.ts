import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { AgentId } from '../../../src/core/agents/signal.ts';
import type { Incident } from '../../../src/core/incidents/incident.ts';
import { supportTicket } from '../../../src/core/ticket/supportTicket.ts';
import type { KeyKind } from '../../../src/core/ticket/ticketFacts.ts';
import { arbitraryText } from '../../support/arbitraryText.ts';
import { CHINESE, judgedIncident } from '../../support/judgedIncident.ts';
import { DAY_MS, ENGLISH, MINUTE_MS, NOW } from '../../support/quotaViews.ts';
import { inputOf, SWARM, TOO_MANY, usages } from '../../support/verdictInputs.ts';

const before = usages({ '5h': 2, week: 33 }, { at: NOW - 2 * MINUTE_MS });
const after = usages({ '5h': 3, week: 33 }, { at: NOW + MINUTE_MS });

/** A swarm with too many parallel requests. */
function swarm(signal: Partial<Incident['example']['signal']> = {}): Incident {
  const incident = judgedIncident(
    inputOf(TOO_MANY, { before, after, shape: SWARM, count: 11, from: NOW, to: NOW + 4000 }),
    { text: TOO_MANY },
  );
  const { example } = incident;
  return {
    ...incident,
    shape: SWARM,
    rule: 'too-many-requests',
    example: { ...example, signal: { ...example.signal, ...signal } },
  };
}

const ticketOf = (
  incident: Incident,
  { locale = ENGLISH, keyKind }: { locale?: typeof ENGLISH; keyKind?: KeyKind } = {},
): string =>
  supportTicket(
    {
      incident,
      incidents: [incident],
      snapshots: [before, after],
      ...(keyKind ? { keyKind } : {}),
    },
    { locale, version: '0.1.0' },
  );

describe('supportTicket', () => {
  it('contains what support asks for', () => {
    const incident = swarm({
      agentVersion: '0.38.0',
      model: 'kimi-for-coding',
      status: 429,
      errorType: 'rate_limit_reached_error',
      evidence: { host: 'api.kimi.com' },
      text: `${TOO_MANY} Your account org-… <ak-…bcd1>, request id: solp9xdlf5lqcb2fvd90w`,
    });
    const lines = ticketOf(incident, { keyKind: 'kimi-code' }).split('\n');
    for (const line of [
      'Kimi support ticket (Kimi Quota 0.1.0)',
      'Problem: Too many parallel requests (likely)',
      'From: 2026-09-23 10:00:00 GMT+08:00 = 2026-09-23T02:00:00Z',
      'To: 2026-09-23 10:00:04 GMT+08:00 = 2026-09-23T02:00:04Z',
      'Failed requests: 11',
      'Product: Kimi Code',
      'Host: api.kimi.com (mainland China)',
      'Key: sk-kimi-… (Kimi Code)',
      'Key ID: ak-…bcd1',
      'HTTP status: 429',
      'Error type: rate_limit_reached_error',
      'Request and trace IDs: solp9xdlf5lqcb2fvd90w',
      'Agent: Kimi Code 0.38.0, failed requests: 11',
      'Model: kimi-for-coding',
      'Requests in flight: at least 11',
      'Parallel limit of the plan: 10',
      'Quota before (2026-09-23 09:58:00 GMT+08:00 = 2026-09-23T01:58:00Z): 5-hour quota: 98% left, Weekly quota: 67% left',
      'Quota after (2026-09-23 10:01:00 GMT+08:00 = 2026-09-23T02:01:00Z): 5-hour quota: 97% left, Weekly quota: 67% left',
      'Failed requests in 24 hours, by category: rate_limited_ambiguous 11',
      "  429 We're receiving too many requests at the moment. Please wait a moment and try again. Your account org-… <ak-…bcd1>, request id: …",
      '  [ ] Set KIMI_CODE_AGENT_SWARM_MAX_CONCURRENCY=8 for Kimi Code, or give it fewer tasks. Tower mode has no such setting: name the limit in your prompt.',
    ])
      assert.ok(lines.includes(line), `${line}\n\n${lines.join('\n')}`);
  });

  it('names account and requests by the ids in the logs, the newest first', () => {
    const ids = Array.from({ length: 9 }, (_, index) => `vnwmdk3gjd6vxatgmd6l${index}`);
    const account = { organization: `org-${'0f3c'.repeat(8)}`, key: 'ak-f8m2q7w1rtyu111abcd1' };
    const incident = {
      ...swarm({ support: { requests: [ids[8]!] }, text: `${TOO_MANY} <ak-…bcd1>` }),
      provider: 'open-platform' as const,
      support: { requests: ids.slice(0, 5), ...account },
    };
    const ticket = ticketOf(incident, { locale: CHINESE }).split('\n');
    for (const line of [
      `Key ID: ${account.key}`,
      `Organization ID: ${account.organization}`,
      `Request and trace IDs: ${ids.slice(0, 5).join(', ')}`,
      `组织 ID：${account.organization}`,
    ])
      assert.ok(ticket.includes(line), ticket.join('\n'));
  });

  it('says where to find the organization if the log does not name it, except for a subscription', () => {
    const line = 'Organization ID: not in the log; add it from the console';
    const lines = (provider: Incident['provider']) =>
      ticketOf({ ...swarm(), provider }).split('\n');
    assert.ok(lines('open-platform').includes(line));
    assert.ok(lines('unknown').includes(line));
    assert.ok(!lines('kimi-code').join().includes('Organization'));
  });

  it('has a Chinese version after the English one in a Chinese editor', () => {
    const [english, chinese, ...more] = ticketOf(swarm(), { locale: CHINESE }).split('\n---\n');
    assert.match(english ?? '', /^Kimi support ticket/);
    assert.match(chinese ?? '', /Kimi 客服工单[^]*失败请求数：11/);
    assert.deepEqual(more, []);
  });

  it('keeps the error text of every kind of limit', () => {
    for (const words of [
      TOO_MANY,
      "You've reached your 5-hour usage limit. Your quota will reset when the current 5-hour window ends. To continue now, purchase extra usage or upgrade your plan: https://www.kimi.com/membership/subscription?tab=quota",
      'request reached organization TPD rate limit, current: 1526210, limit: 1500000',
      'The engine is currently overloaded, please try again later',
      'Your request exceeded model token limit: 262144',
      'Not found the model kimi-for-coding or Permission denied',
      '没有足够的余额，请充值。',
      '当前分组上游负载已饱和，请稍后再试',
      "You've reached your concurrent request limit. Please wait for your ongoing requests to finish and try again.",
      'Connection error: connect timed out after 30s',
    ])
      assert.ok(ticketOf(swarm({ text: words })).includes(words), ticketOf(swarm({ text: words })));
  });

  it("names only Kimi's hosts and models, and no label", () => {
    const label = { id: 'box', label: 'build-box', usedPercent: 1 };
    const incident = swarm({ evidence: { host: 'build-box.corp' }, model: 'gpt-build-box' });
    const snapshots = [{ ...before, windows: [label] }];
    const ticket = supportTicket(
      { incident, incidents: [], snapshots },
      { locale: ENGLISH, version: '0.1.0' },
    );
    assert.doesNotMatch(ticket, /box/);
  });
});

const KEY = 'sk-kimi-NOT-A-KEY-CANARY-0000000000';
const CANARIES = {
  key: KEY,
  platformKey: 'sk-NOT-A-KEY-CANARY-000000000000000',
  token: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJDQU5BUlkifQ.c2lnQ0FOQVJZ',
  bearer: 'Bearer NOT-A-TOKEN-CANARY-00',
  mail: 'dev.canary42@secret-corp.example',
  path: `/${'home'}/canary42/secret-corp/src/main.ts`,
  windowsPath: `C:\\${'Users'}\\canary42\\secret-corp\\main.ts`,
  cookie: 'Cookie: kimi_session=NOTREALCANARY00; theme=dark',
  organization: 'org-0f3c1d5e7a9bCANARY42',
  url: 'https://canary42:NOTREALCANARY@build-box.secret-corp.example/v1?sig=NOTREALCANARY',
} as const;

/** Encodings that hide a secret. */
const DISGUISES: Readonly<Record<string, (secret: string) => string>> = {
  plain: secret => secret,
  base64: secret => Buffer.from(secret).toString('base64'),
  base64url: secret => Buffer.from(secret).toString('base64url'),
  hex: secret => Buffer.from(secret).toString('hex'),
  urlEncoded: secret => encodeURIComponent(secret),
  percentEncoded: secret => Buffer.from(secret).toString('hex').replace(/../g, '%$&'),
  jsonEscaped: secret =>
    [...secret].map(c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
  newlines: secret => secret.replace(/.{5}/g, '$&\n'),
  zeroWidth: secret => secret.replace(/.{3}/g, '$&\u200b'),
  coloured: secret => secret.replace(/.{4}/g, '$&\x1b[31m'),
  inJson: secret => JSON.stringify({ error: { message: secret, api_key: secret } }),
  inId: secret => `request id: ${Buffer.from(secret).toString('base64url')}`,
  inHexId: secret => `request id: ${Buffer.from(secret).toString('hex')}`,
  inOrganization: secret => `org-${Buffer.from(secret).toString('hex')}`,
  inKeyId: secret => `ak-${Buffer.from(secret).toString('hex')}`,
};

/** An incident with a canary in every text field. */
function planted(canary: string): Incident {
  const agent = canary as AgentId;
  const incident = swarm({
    text: `${TOO_MANY} ${canary} and then ${canary}`,
    agent,
    agentVersion: canary,
    model: canary,
    errorType: canary,
    request: canary,
    session: canary,
    subagent: canary,
    contentKey: canary,
    support: { organization: canary, key: canary, requests: [canary] },
    evidence: {
      host: canary,
      providerId: canary,
      configuredHost: canary,
      otherProvider: canary,
    },
  });
  const { verdict } = incident;
  const support = { organization: canary, key: canary, requests: [canary, `org-${canary}`] };
  return {
    ...incident,
    support,
    id: canary,
    rule: canary,
    fields: {
      type: canary,
      organization: canary,
      project: canary,
      key: canary,
      gateway: canary,
      provider: canary,
    },
    places: [{ agent, session: canary, subagent: canary, count: 3 }],
    example: { ...incident.example, file: canary },
    verdict: {
      ...verdict,
      steps: [...verdict.steps, { id: 'signInAgain', agent }, { id: 'stopAgent', agent }],
      evidence: [
        { kind: 'host', host: canary, source: 'log' },
        { kind: 'gateway', name: canary, source: 'text' },
      ],
    },
  };
}

const bare = (text: string): string => text.replace(/[\s\u200b]/g, '').toLowerCase();
const innocent = bare(ticketOf(swarm()));

/**
 * The first eight consecutive characters of the secret in the ticket, ignoring spaces and invisible
 * characters.
 */
function traceOf(ticket: string, secret: string): string | undefined {
  const [haystack, needle] = [bare(ticket), bare(secret.replace('request id: ', ''))];
  for (let at = 0; at + 8 <= needle.length; at++) {
    const piece = needle.slice(at, at + 8);
    if (haystack.includes(piece) && !innocent.includes(piece)) return piece;
  }
  return undefined;
}

describe('what a ticket never contains', () => {
  for (const [what, secret] of Object.entries(CANARIES))
    for (const [how, disguise] of Object.entries(DISGUISES))
      it(`no ${what}, ${how}, in any field`, () => {
        const hidden = disguise(secret);
        const incident = planted(hidden);
        const snapshots = [before, after].map(snapshot => ({
          ...snapshot,
          plan: hidden,
          windows: [...snapshot.windows, { id: hidden, label: hidden, usedPercent: 3 }],
        }));
        for (const locale of [ENGLISH, CHINESE]) {
          const input = { incident, incidents: [incident], snapshots };
          const ticket = supportTicket(input, { locale, version: '0.1.0' });
          assert.equal(traceOf(ticket, hidden), undefined, ticket);
          assert.equal(traceOf(ticket, secret), undefined, ticket);
        }
      });

  it('no key, whatever its characters and surroundings', () => {
    const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'];
    const body = fc
      .string({ unit: fc.constantFrom(...letters), minLength: 24, maxLength: 60 })
      .filter(text => /\d/.test(text));
    const start = fc.constantFrom('sk-', 'sk-kimi-', 'sk-ant-api03-');
    fc.assert(
      fc.property(
        start,
        body,
        fc.constantFrom(...Object.keys(DISGUISES)),
        fc.constantFrom(' ', '\n', '"', "'", ':', '=', '(', '/', ',', '<', '：'),
        (prefix, rest, how, around) => {
          const secret = `${prefix}${rest}`;
          const hidden = DISGUISES[how]!(secret);
          const ticket = ticketOf(planted(`${around}${hidden}${around}`));
          assert.equal(traceOf(ticket, hidden), undefined, ticket);
          assert.equal(traceOf(ticket, secret), undefined, ticket);
        },
      ),
      { numRuns: 1000 },
    );
  });

  for (const [words, shown] of [
    ['Invalid request: prompt "my secret prompt text here" is too long', ['secret', 'prompt text']],
    ["Invalid request: 'tell the client about the account' is too long", ['tell', 'client']],
    ['Invalid request: “please send the quota to the server” was cut', ['send', 'quota to']],
    ['content: "please wait for the server', ['wait for']],
    ['my secret prompt text here was rejected', ['secret', 'here']],
    ['passphrase correct-horse-battery-staple', ['correct', 'battery']],
    ['name correct_horse_battery_staple', ['horse', 'battery']],
    ['card 4111 1111 1111 1111 was declined', ['4111']],
    ['call 138 0013 8000, +86 13800138000 or (555) 123-4567', ['138', '555', '4567']],
    ['客户张三的合同无效，请稍后再试', ['张三', '客户', '合同']],
    ['请总结李四的病历', ['李四', '病历', '总结']],
    ['s k - k i m i - Q z 7 X k 2 V w 9 L m 4 R t 6', ['Q z', '7 X', 'k i']],
    ['John Smith at Acme Corp asked', ['John', 'Smith', 'Acme', 'asked']],
  ] as const)
    it(`no words of a prompt: ${words}`, () => {
      for (const locale of [ENGLISH, CHINESE]) {
        const ticket = ticketOf(swarm({ text: `429 ${words}` }), { locale });
        const block = ticket
          .split('\n')
          .filter(line => line.startsWith('  429 '))
          .join('\n');
        assert.ok(block !== '');
        for (const part of shown) assert.ok(!block.includes(part), block);
      }
    });

  it('only its own lines, however long or odd the text is', () => {
    fc.assert(
      fc.property(arbitraryText({ maxLength: 4000 }), text => {
        const ticket = ticketOf(swarm({ text }));
        assert.ok(ticket.length < 4000);
        assert.doesNotMatch(ticket, /[^\P{Cc}\n]/u);
      }),
      { numRuns: 200 },
    );
  });

  it('no invalid number', () => {
    for (const at of [NaN, Infinity, -1e300, 9e15]) {
      const ticket = ticketOf({ ...swarm(), from: at, to: at + DAY_MS, count: at });
      assert.doesNotMatch(ticket, /NaN|Infinity|Invalid/);
    }
  });
});
