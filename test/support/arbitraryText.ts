import fc from 'fast-check';

/**
 * Any code point, and halves of pairs too. The unit `binary` of fast-check makes a map of the million
 * first, which takes a second and stays in memory.
 */
const codePoint = fc.integer({ min: 0, max: 0x10_ffff }).map(
  code => String.fromCodePoint(code),
  text => (text as string).codePointAt(0)!,
);

/** Texts of any code points, with words among them that mean something to JavaScript. */
export function arbitraryText({ maxLength }: { maxLength?: number } = {}): fc.Arbitrary<string> {
  return fc.string({ unit: codePoint, ...(maxLength === undefined ? {} : { maxLength }) });
}
