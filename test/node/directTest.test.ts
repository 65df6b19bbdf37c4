import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import type { Endpoint } from '../../src/core/accounts/endpoint.ts';
import type { Category } from '../../src/core/errors/category.ts';
import { curlCommand, directRequest } from '../../src/core/diagnosis/directRequest.ts';
import { compareDirect, type Outcome } from '../../src/core/diagnosis/directTest.ts';
import { parseBaseUrl } from '../../src/node/parseBaseUrl.ts';
import { sendDirectRequest } from '../../src/node/sendDirectRequest.ts';
import { buildCli, runCli, type Run, systemVariables } from '../support/cliProcess.ts';
import { assertNoKey } from '../support/cliReport.ts';
import { KimiCodeBurst } from '../support/kimiCodeBurst.ts';
import { startKimiService, type KimiService } from '../support/kimiService/kimiService.ts';

const endpointOf = (url: string, product: Endpoint['product']): Endpoint => {
  const endpoint = parseBaseUrl(url, product);
  return 'problem' in endpoint ? assert.fail(endpoint.problem) : endpoint;
};

describe('the direct request, sent to a mock of Kimi', () => {
  let kimi: KimiService;
  beforeEach(async () => {
    kimi = await startKimiService();
  });
  afterEach(() => kimi.close());

  const send = (product: Endpoint['product'], key?: string) => {
    const isCode = product === 'kimiCode';
    const endpoint = endpointOf(isCode ? kimi.baseUrl : `${kimi.url}/v1`, product);
    const options = { endpoint, fetch, userAgent: 'kimi-quota/1 (test)', now: Date.now };
    return sendDirectRequest(options, key ?? (isCode ? kimi.key : kimi.platformKey));
  };

  it('goes once to the route that admits every client, under an honest name', async () => {
    assert.equal((await send('kimiCode')).kind, 'answered');
    assert.equal((await send('openPlatform')).kind, 'answered');
    assert.deepEqual(
      kimi.requests.map(({ method, path, headers }) => [method, path, headers['user-agent']]),
      [
        ['POST', '/coding/v1/messages', 'kimi-quota/1 (test)'],
        ['POST', '/v1/chat/completions', 'kimi-quota/1 (test)'],
      ],
    );
  });

  type Set = (service: KimiService) => void;
  const answers: readonly (readonly [
    fact: string,
    Endpoint['product'],
    Set,
    says: Category,
    Outcome,
  ])[] = [
    ['Kimi Code works', 'kimiCode', () => undefined, 'auth', 'client'],
    ['the open platform works', 'openPlatform', () => undefined, 'auth', 'client'],
    [
      'a plan without Kimi Code',
      'kimiCode',
      ({ account }) => (account.membership = 'lapsed'),
      'membership',
      'account',
    ],
    [
      'a used-up 5-hour quota',
      'kimiCode',
      ({ account }) => (account.windows.fiveHour.usedPercent = 100),
      'quota_5h',
      'account',
    ],
    [
      'an empty balance',
      'openPlatform',
      ({ account: { platform } }) => Object.assign(platform, { voucherBalance: 0, cashBalance: 0 }),
      'balance',
      'account',
    ],
    [
      'overload',
      'kimiCode',
      ({ behaviour }) => (behaviour.overloaded = 'always'),
      'overloaded',
      'service',
    ],
    [
      'a list of clients on the other route only',
      'kimiCode',
      ({ behaviour }) => (behaviour.acceptedClients = ['KimiCLI/']),
      'client_not_accepted',
      'client',
    ],
    [
      'a list of clients on this route too',
      'kimiCode',
      ({ behaviour }) => behaviour.failures.push('clientNotAccepted'),
      'quota_5h',
      'unknown',
    ],
    ...(['errorMessage', 'noError', 'html'] as const).map(
      form =>
        [
          `a proxy that writes errors as ${form}`,
          'openPlatform',
          ({ account: { platform }, behaviour }) => {
            Object.assign(platform, { voucherBalance: 0, cashBalance: 0 });
            behaviour.rewrites = form;
          },
          'balance',
          'gateway',
        ] satisfies (typeof answers)[number],
    ),
    [
      'a daily limit',
      'openPlatform',
      ({ behaviour }) => behaviour.platformFailures.push('tpd'),
      'tpd',
      'account',
    ],
  ];
  for (const [fact, product, set, says, outcome] of answers)
    it(`${fact}: ${outcome}`, async () => {
      set(kimi);
      const failure = { says, isByGateway: false, isOther: false, isOngoing: true };
      const answer = await send(product);
      assert.equal(compareDirect(failure, answer, kimi.url)[0], outcome);
      assert.equal(kimi.requests.length, 1);
    });

  it('keeps the id of the request, and Retry-After', async () => {
    Object.assign(kimi.behaviour, { retryAfterSeconds: 42, failures: ['overloaded'] });
    const answer = await send('kimiCode');
    assert.ok(answer.kind === 'refused' && answer.retryAfterSeconds === 42);
    assert.equal(answer.support?.requests?.length, 2);
  });

  it('is the same request as a curl command, which has no key', async function () {
    const request = directRequest(endpointOf(kimi.baseUrl, 'kimiCode'));
    const command = curlCommand(request);
    assert.ok(
      !command.includes(kimi.key) && command.includes('"Authorization: Bearer $KIMI_API_KEY"'),
    );
    const env = { ...process.env, KIMI_API_KEY: kimi.key };
    const run = promisify(execFile)('sh', ['-c', command], { env });
    const ran = await run.catch((error: NodeJS.ErrnoException) => error);
    // Windows has no sh, and a small container no curl.
    if (ran instanceof Error && /ENOENT|not found/.test(String(ran))) return this.skip();
    assert.match(String((ran as { stdout: string }).stdout), /^HTTP\/1\.1 200 OK/);
    assert.equal(kimi.requests[0]?.path, '/coding/v1/messages');
  });
});

describe('cli: test', () => {
  let home: string;
  let kimi: KimiService;
  before(buildCli);
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'kimi-quota-test-'));
    kimi = await startKimiService();
  });
  afterEach(async () => {
    await kimi.close();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  });

  const environment = () => ({
    HOME: home,
    USERPROFILE: home,
    KIMI_API_KEY: kimi.key,
    KIMI_CODE_BASE_URL: kimi.baseUrl,
  });
  async function run(...args: string[]): Promise<Run> {
    const result = await runCli(['test', ...args], environment());
    assertNoKey(result, kimi.key);
    return result;
  }
  const asked = async (line: string | undefined): Promise<string> => {
    const child = spawn(process.execPath, [await buildCli(), 'test'], {
      env: { ...systemVariables(), TZ: 'UTC', ...environment() },
    });
    child.stdin.end(line);
    const [, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return stderr;
  };

  for (const [fact, line, count] of [
    ['a yes', 'y\n', 1],
    ['a no', 'n\n', 0],
    ['an empty line', '\n', 0],
    ['the end of the input', undefined, 0],
  ] as const)
    it(`sends ${count} requests after ${fact} to what is sent and what it costs`, async () => {
      assert.match(await asked(line), /^Send one request to .+about 15 tokens of your quota/);
      assert.equal(kimi.requests.length, count);
    });

  it('sends nothing with --curl, which prints a command without the key', async () => {
    const { stdout, code } = await run('--curl');
    assert.match(stdout, /^curl -sS -i 'http.+\/coding\/v1\/messages'/);
    assert.deepEqual([code, kimi.requests.length], [0, 0]);
  });

  it('compares the answer with the newest failure in the logs', async () => {
    const burst = new KimiCodeBurst(home);
    await burst.start(2);
    await burst.fail(2, "You've reached your 5-hour usage limit.", 403);
    kimi.account.windows.fiveHour.usedPercent = 100;
    const { stdout, code } = await run('--yes');
    assert.match(
      stdout,
      /^Kimi Code: The account\. Kimi also rejects this account directly, for the/,
    );
    assert.match(stdout, /Compared with: 5-hour quota used up \(2 failures\)/);
    assert.equal(code, 1);
    const report = JSON.parse((await run('--yes', '--json')).stdout) as Record<string, unknown>;
    assert.deepEqual([report['outcome'], report['reason']], ['account', 'sameRefusal']);
  });

  it('has an exit code for each answer', async () => {
    assert.equal((await run('--yes')).code, 0);
    kimi.behaviour.failures = ['keyInvalid'];
    assert.equal((await run('--yes')).code, 4);
    await kimi.close();
    assert.equal((await run('--yes')).code, 5);
  });

  it('sends no key to the host of the other product', async () => {
    const env = { ...environment(), KIMI_API_KEY: kimi.platformKey, KIMI_CODE_BASE_URL: '' };
    const { code, stderr } = await runCli(['test', '--yes'], env);
    assert.equal(code, 4);
    assert.match(stderr, /nothing was sent to https:\/\/api\.kimi\.com/);
  });
});
