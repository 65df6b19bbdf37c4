/** East Asian wide and full-width characters, and emoji, take two columns of a terminal. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/gu;

/** The columns that a text without escape sequences takes in a terminal. */
export function displayWidth(text: string): number {
  const wide = text.match(WIDE)?.length ?? 0;
  const marks = text.match(/\p{Mn}/gu)?.length ?? 0;
  return [...text].length + wide - marks;
}

/** At most `columns` columns of a text; a cut text ends with `…`. */
export function cutToWidth(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let cut = '';
  for (const character of text) {
    if (displayWidth(cut + character) >= columns) break;
    cut += character;
  }
  return columns > 0 ? `${cut}…` : '';
}

/** A text that takes exactly `columns` columns. */
export function padToWidth(text: string, columns: number): string {
  const cut = cutToWidth(text, columns);
  return cut + ' '.repeat(Math.max(0, columns - displayWidth(cut)));
}
