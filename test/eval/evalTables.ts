import type { Reading } from './classify.eval.ts';

/** Per category: how many texts, how many were found, how many of those that were called so are. */
export function categoryTable(readings: readonly Reading[]): string {
  const rows = categoriesOf(readings).map(category => {
    const wanted = readings.filter(({ expected }) => expected === category);
    const called = readings.filter(({ actual }) => actual === category);
    const right = wanted.filter(({ actual }) => actual === category).length;
    return [category, wanted.length, percent(right, wanted.length), percent(right, called.length)];
  });
  return columns([['category', 'texts', 'found', 'precise'], ...rows]);
}

/** Rows: expected categories. Columns: found ones. Only categories with a confusion are shown. */
export function confusionMatrix(readings: readonly Reading[]): string {
  const wrong = readings.filter(({ expected, actual }) => expected !== actual);
  if (wrong.length === 0) return 'no category was mistaken for another\n';
  const found = categoriesOf(wrong);
  const rows = found.map(expected => [
    expected,
    ...found.map(
      actual =>
        readings.filter(reading => reading.expected === expected && reading.actual === actual)
          .length,
    ),
  ]);
  return columns([['wanted \\ found', ...found], ...rows]);
}

const categoriesOf = (readings: readonly Reading[]): string[] =>
  [...new Set(readings.flatMap(({ expected, actual }) => [expected, actual]))].toSorted();

const percent = (part: number, whole: number): string =>
  whole === 0 ? '-' : `${((100 * part) / whole).toFixed(0)} %`;

export function columns(rows: readonly (readonly (string | number)[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map(row => String(row[column] ?? '').length)),
  );
  const lines = rows.map(row =>
    row.map((cell, column) => String(cell).padEnd(widths[column] ?? 0)).join('  '),
  );
  return `${lines.join('\n')}\n`;
}
