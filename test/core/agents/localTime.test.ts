import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parseLocalTime } from '../../../src/core/base/time.ts';

const MODULE = fileURLToPath(new URL('../../../src/core/base/time.ts', import.meta.url));

/** Parses times in a process in that time zone. */
async function readIn(zone: string, times: readonly string[]): Promise<(string | null)[]> {
  const script = `import { parseLocalTime } from ${JSON.stringify(`file://${MODULE}`)};
    const read = text => { const at = parseLocalTime(text); return at ? new Date(at).toISOString() : null; };
    console.log(JSON.stringify(${JSON.stringify(times)}.map(read)));`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--no-warnings', '--input-type=module', '--eval', script],
    { env: { ...process.env, TZ: zone } },
  );
  return JSON.parse(stdout) as (string | null)[];
}

describe('parseLocalTime', () => {
  const cases: [zone: string, time: string, expected: string][] = [
    ['Asia/Shanghai', '2026-06-14 18:12:30.123', '2026-06-14T10:12:30.123Z'],
    ['UTC', '2026-06-14 18:12:30,123456', '2026-06-14T18:12:30.123Z'],
    ['America/New_York', '2026-01-14T18:12:30', '2026-01-14T23:12:30.000Z'],
    ['Asia/Kolkata', '2026/06/14 - 18:12:30', '2026-06-14T12:42:30.000Z'],
    // The hour from 2 to 3 is skipped: it is read as an hour later.
    ['Europe/Berlin', '2026-03-29 02:30:00.000', '2026-03-29T01:30:00.000Z'],
    // The hour from 2 to 3 repeats: the first is used.
    ['Europe/Berlin', '2026-10-25 02:30:00.000', '2026-10-25T00:30:00.000Z'],
  ];
  for (const [zone, time, expected] of cases)
    it(`${time} in ${zone}`, async () => assert.deepEqual(await readIn(zone, [time]), [expected]));

  const others = ['', '2026-13-01 00:00:00', '2026-01-01 24:00:00', '2026-01-32 00:00:00', 'now'];
  for (const text of others)
    it(`${JSON.stringify(text)} is not a time`, () =>
      assert.equal(parseLocalTime(text), undefined));
});
