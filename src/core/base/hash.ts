/** FNV-1a over two offsets, as 16 hexadecimal digits: short, and doesn't reveal the text. */
export function shortHash(text: string): string {
  const hashes = [0x811c9dc5, 0x1b873593].map(start => {
    let hash = start;
    for (let i = 0; i < text.length; i++)
      hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
    return hash.toString(16).padStart(8, '0');
  });
  return hashes.join('');
}
