/** The forms in which a secret could hide in an output: raw, encoded, escaped, split. */
export function disguisesOf(secret: string): Buffer[] {
  const bytes = Buffer.from(secret);
  // Base64 has three forms, by where the secret begins; the ends depend on the neighboring bytes.
  const base64 = [0, 1, 2].map(offset =>
    Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .slice(offset === 0 ? 0 : offset + 1, -4),
  );
  return [
    ...base64,
    secret,
    encodeURIComponent(secret),
    secret.replaceAll('-', '%2D'),
    secret.replaceAll('-', '\\u002d'),
    [...secret].join('\u200b'),
    [...secret].join('\0'),
    bytes.toString('hex'),
  ].map(text => Buffer.from(text));
}
