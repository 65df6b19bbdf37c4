/** A larger answer is not a quota: the known ones have 1 to 2 KB. */
const MAX_BODY_BYTES = 256 * 1024;

/**
 * The decoded body as text, or undefined as soon as it is longer than `MAX_BODY_BYTES`: counted
 * after decompression, so that a compressed bomb is stopped too. Rejects when the stream breaks.
 */
export async function readBody(response: Response): Promise<string | undefined> {
  const reader = response.body?.getReader();
  if (!reader) return '';
  const chunks: Uint8Array[] = [];
  let byteCount = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new TextDecoder().decode(Buffer.concat(chunks));
    byteCount += value.byteLength;
    if (byteCount > MAX_BODY_BYTES) {
      await reader.cancel().catch(() => undefined);
      return undefined;
    }
    chunks.push(value);
  }
}
