/** Bytes read at once. Streams with Node's default of 64 KB are half as fast. */
export const CHUNK_SIZE = 1024 * 1024;

/** What gunzip gives at once, in bytes. More is hardly faster, and each piece is new memory. */
export const GUNZIP_CHUNK_SIZE = 256 * 1024;

/** Most free buffers that are kept. */
const MAX_FREE = 16;

const free: ArrayBufferLike[] = [];
const lent = new WeakSet<ArrayBufferLike>();

/**
 * A buffer of {@link CHUNK_SIZE} bytes of any content. Whoever is the last to use it may give it
 * back; the garbage collector takes those that nobody gives back, but late: it lets some 40 MB of
 * them lie, which is most of what packing a large model needs.
 */
export function takeChunk(): Buffer {
  const memory = free.pop() ?? Buffer.allocUnsafeSlow(CHUNK_SIZE).buffer;
  lent.add(memory);
  return Buffer.from(memory);
}

/** Gives back a buffer, if it is one that was taken. Its content is lost: nobody may hold it. */
export function giveBackChunk(chunk: Uint8Array): void {
  if (lent.delete(chunk.buffer) && free.length < MAX_FREE) free.push(chunk.buffer);
}
