import assert from 'node:assert/strict';
import { useStayingCli } from '../support/cliProcess.ts';
import { checkAgainst, checkBy, reportOf, type Check } from '../support/cliReport.ts';
import { KIMI_CODE_KEY } from '../support/kimiService/keys.ts';
import type { UsagesScenario } from '../support/kimiService/usagesScenario.ts';
import { EXPECTED, readFixture } from '../support/quotaFixtures.ts';

/** All that is not 0. The resets of January 2026 have passed for the clock of the fixtures. */
const EXIT_CODES: Readonly<Record<string, number>> = {
  'a-wallet-empty': 3,
  'a-zeros-omitted': 3,
  'a-used-above-limit': 3,
  'b-above-one': 3,
  'odd-numbers': 5,
  'odd-empty': 4,
  'odd-total-quota-only': 5,
  'odd-error-in-200': 5,
};
const RESETTING = 'a-request-counts';

/** `5h 43.72` or `5h ?`, to two decimals and without the rest of the expectation. */
function expectedWindows(name: string): string[] {
  return (EXPECTED[name]?.windows ?? []).map(words => {
    const [id, used = '?'] = words.split(' ');
    const isKnown = used !== '?' && name !== RESETTING;
    return `${id} ${isKnown ? Math.round(Number(used) * 100) / 100 : '?'}`;
  });
}

function assertReport({ code, stderr, ...run }: Check, name: string): void {
  const report = reportOf({ code, stderr, ...run });
  const windows = report.windows.map(({ id, usedPercent }) => `${id} ${usedPercent ?? '?'}`);
  assert.deepEqual(windows, expectedWindows(name));
  assert.equal(code, EXIT_CODES[name] ?? 0);
  assert.equal(stderr, '');
  for (const { usedPercent, remainingPercent } of report.windows)
    if (usedPercent !== null) assert.equal(Math.round(usedPercent + (remainingPercent ?? 0)), 100);
  assert.equal(report.plan, EXPECTED[name]?.plan ?? null);
  assert.equal(report.parallelLimit, EXPECTED[name]?.parallelLimit ?? null);
  assert.equal(report.extraUsage?.leftCents, EXPECTED[name]?.extraUsage?.[0]);
  assert.deepEqual(run.service.requests.length, 1);
}

describe('cli: check --json of every payload', () => {
  const names = Object.keys(EXPECTED);
  const run = useStayingCli();
  const checks: Check[] = [];

  before(async () => {
    for (const name of names) checks.push(await checkBy(run, { raw: readFixture(name) }, '--json'));
  });

  for (const [index, name] of names.entries())
    it(`answers ${name} with exit code ${EXIT_CODES[name] ?? 0}`, () =>
      assertReport(checks[index]!, name));

  it('reports contradictions', () => {
    const { windows, problems } = reportOf(checks[names.indexOf('c')]!);
    assert.deepEqual(windows[0]?.contradiction, { lowest: 0, highest: 47 });
    assert.deepEqual(problems, ['contradiction: 5h', 'contradiction: week']);
  });

  it('sends one request, with the key in its header and its own user agent', () => {
    const [request] = checks[0]!.service.requests;
    assert.equal(request?.path, '/coding/v1/usages');
    assert.equal(request?.headers.authorization, `Bearer ${KIMI_CODE_KEY}`);
    assert.match(request?.headers['user-agent'] ?? '', /^kimi-quota\/[\d.]+ \(command line\)$/);
  });
});

describe('cli: check --json of every failure', () => {
  const cases: [usages: UsagesScenario, code: number, problem: string][] = [
    [{ error: 'keyInvalid' }, 4, 'unauthorized'],
    [{ error: 'foreignKey' }, 4, 'unauthorized'],
    [{ error: 'fiveHour' }, 3, 'forbidden: quota'],
    [{ error: 'billingCycle' }, 3, 'forbidden: quota'],
    [{ error: 'creditBalance' }, 3, 'forbidden: quota'],
    [{ error: 'concurrency' }, 6, 'forbidden: concurrency'],
    [{ error: 'membership' }, 4, 'forbidden: membership'],
    [{ error: 'clientNotAccepted' }, 4, 'forbidden: clientNotAccepted'],
    [{ error: 'accountClosed' }, 4, 'forbidden: accountClosed'],
    [{ raw: 'no', status: 403 }, 4, 'forbidden: unknown'],
    [{ error: 'tooManyRequests', retryAfter: '120' }, 6, 'rateLimited: Retry-After 120 s'],
    [{ error: 'tooManyRequests', retryAfter: '-1' }, 6, 'rateLimited: no Retry-After'],
    [{ status: 404 }, 5, 'gone: HTTP 404'],
    [{ status: 410 }, 5, 'gone: HTTP 410'],
    [{ status: 500 }, 5, 'unreachable: server (500)'],
    [{ status: 503 }, 5, 'unreachable: server (503)'],
    [{ redirect: 'https://evil.example/' }, 5, 'unreachable: redirect (http://127.0.0.1:'],
    [{ fault: 'html' }, 5, 'unreachable: webPage'],
    [{ fault: 'empty' }, 5, 'malformed: the answer is not JSON'],
    [{ fault: 'truncatedJson' }, 5, 'malformed: the answer is not JSON'],
    [{ fault: 'cutOff' }, 5, 'unreachable: network'],
    [{ fault: 'reset' }, 5, 'unreachable: network'],
    [{ fault: 'huge' }, 5, 'malformed: the answer is over 256 KB'],
    [{ fault: 'gzipBomb' }, 5, 'malformed: the answer is over 256 KB'],
    [{ raw: 'null' }, 5, 'malformed: the answer is null'],
    [{ raw: '[]' }, 5, 'malformed: the answer is a list'],
    [{ raw: '"x"' }, 5, 'malformed: the answer is a string'],
    [{ raw: '{"data":3}' }, 5, 'malformed: the answer is an object around something else'],
    [{ raw: {}, status: 204 }, 5, 'malformed: the status is 204'],
  ];
  const run = useStayingCli();
  const checks: Check[] = [];

  before(async () => {
    for (const [usages] of cases) checks.push(await checkBy(run, usages, '--json'));
  });

  for (const [index, [usages, code, problem]] of cases.entries())
    it(`answers ${JSON.stringify(usages)} with exit code ${code} and "${problem}"`, () => {
      const check = checks[index]!;
      const { problems, windows } = reportOf(check);
      assert.equal(problems.length, 1);
      assert.ok(problems[0]?.startsWith(problem), problems[0]);
      assert.deepEqual([windows, check.code, check.stderr], [[], code, '']);
    });
});

describe('cli: check --json as a separate process', () => {
  const cases: [usages: UsagesScenario, code: number][] = [
    [{ raw: readFixture('a') }, 0],
    [{ raw: readFixture('a-wallet-empty') }, 3],
    [{ error: 'keyInvalid' }, 4],
    [{ fault: 'html' }, 5],
    [{ error: 'tooManyRequests' }, 6],
  ];
  for (const [usages, code] of cases)
    it(`ends with exit code ${code}`, async () => {
      const check = await checkAgainst(usages, '--json');
      assert.deepEqual([check.code, check.stderr], [code, '']);
      assert.equal(reportOf(check).schema, 1);
    });
});
