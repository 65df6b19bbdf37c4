import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = new URL('../fixtures/quota/', import.meta.url);

/** When the fixtures were live: before every reset time of theirs but those of January 2026. */
export const FIXTURES_AT = Date.UTC(2026, 8, 18, 12);

/** The names of all fixtures, without `.json`. */
export const fixtureNames = readdirSync(FOLDER)
  .filter(file => file.endsWith('.json'))
  .map(file => file.slice(0, -5));

/** The parsed body of one fixture. */
export function readFixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8'));
}

/** `5h 2` or `5h ?`, with the contradiction and coding's share where there are some. */
export interface ExpectedReading {
  readonly windows: readonly string[];
  readonly plan?: string;
  readonly parallelLimit?: number;
  /** Cents: left, total, cap, used of the cap. */
  readonly extraUsage?: readonly (number | undefined)[];
}

const allegro = { plan: 'Allegro', parallelLimit: 30 };
const bought = { extraUsage: [1234.56, 2000, 5000, 765] };
const typical = ['5h 2', 'week 33'];

/** The expected reading of each fixture; undefined: no quota. The README of the fixtures has the facts. */
export const EXPECTED: Readonly<Record<string, ExpectedReading | undefined>> = {
  a: { windows: typical, ...allegro },
  'a-wallet': { windows: typical, ...allegro, ...bought },
  'a-wallet-empty': {
    windows: ['5h 2', 'week 100'],
    ...allegro,
    extraUsage: [0, 2000, undefined, undefined],
  },
  'a-wallet-foreign': { windows: typical, ...allegro },
  'a-zeros-omitted': { windows: ['5h 100', 'week 0'], ...allegro },
  'a-only-remaining': { windows: typical, ...allegro },
  'a-only-used': { windows: typical, ...allegro },
  'a-limit-only': { windows: ['5h 2', 'week ?'], ...allegro },
  'a-json-numbers': { windows: typical, ...allegro },
  'a-request-counts': { windows: ['5h 25', 'week 25'], ...allegro },
  'a-int64-max': { windows: ['5h 2', 'week ?'], ...allegro },
  'a-remaining-above-limit': { windows: ['5h 2', 'week 0'], ...allegro },
  'a-used-above-limit': { windows: ['5h 2', 'week 100'], ...allegro },
  'a-week-in-limits': { windows: typical },
  'a-snake-case': { windows: typical, ...allegro },
  b: { windows: ['5h 44', 'month 78.77 (code 78.77)'] },
  'b-wallet': { windows: ['5h 44', 'month 78.77'], ...bought },
  'b-strings-and-camel-case': { windows: ['5h 43.72', 'month 78.77'] },
  'b-above-one': { windows: ['5h 100', 'month 90'] },
  'b-no-reset-time': { windows: ['5h 10', 'month 20'] },
  'b-with-week': { windows: ['5h 0', 'week 88.9023', 'month 0'] },
  'b-day-and-week': { windows: ['week 40', '1d 30'] },
  'b-code-never-accrues': { windows: ['5h 10', 'month 55'] },
  'b-kimi-and-code': { windows: ['5h 10', 'month 55 (code 20)'] },
  c: { windows: ['5h 47 (or 0)', 'week 33 (or 0)'], ...allegro },
  'c-ratio-above-counts': { windows: ['5h 61 (or 0)', 'week 33'], ...allegro },
  'c-three-windows': {
    windows: ['5h 16', 'week 33', 'month 19 (code 12)'],
    plan: 'Allegretto',
    parallelLimit: 20,
  },
  array: { windows: typical },
  'array-other-scope-first': { windows: typical },
  'data-wrapper': { windows: typical },
  aliases: { windows: ['5h 2', 'week 33', '1d 9'] },
  'odd-unknown-unit': { windows: ['3-fortnight 5'] },
  'odd-numbers': { windows: ['5h ?'] },
  'odd-duplicates': { windows: ['5h 7'] },
  'odd-extra-keys': { windows: typical, ...allegro },
  'odd-empty': undefined,
  'odd-total-quota-only': undefined,
  'odd-error-in-200': undefined,
};
