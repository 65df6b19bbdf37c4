declare module 'snappyjs' {
  /** Compresses in the raw Snappy format. */
  /** Reverses it. */
  export function uncompress(data: Uint8Array): Uint8Array;
  export function compress(data: Uint8Array): Uint8Array;
}
