/** A tar's header, in bytes. */
const HEADER = 512;
const CHECKSUM = { start: 148, end: 156 };

/**
 * Whether Python's tarfile may take the first bytes for a tar's header. It goes by the checksum
 * alone, and reads that as its `int()` reads numbers: whatever might be the number counts.
 *
 * @param head - the first 512 bytes, or all of a shorter file
 */
export function mayBeTar(head: Buffer): boolean {
  if (head.length < HEADER) return false;
  const field = head.subarray(CHECKSUM.start, CHECKSUM.end);
  const rest = Buffer.concat([head.subarray(0, CHECKSUM.start), head.subarray(CHECKSUM.end)]);
  // The checksum counts its own field as eight blanks; some programs summed signed bytes.
  const sum = (bytes: Iterable<number>): bigint => {
    let all = 8 * 0x20;
    for (const byte of bytes) all += byte;
    return BigInt(all);
  };
  const sums = [sum(rest), sum(new Int8Array(rest))];
  return tarNumbers(field).some((number) => sums.includes(number));
}

function tarNumbers(field: Buffer): bigint[] {
  if (field[0] === 0x80 || field[0] === 0xff) {
    const number = BigInt(`0x${field.subarray(1).toString("hex")}`);
    return [number, field[0] === 0xff ? number - (1n << 56n) : number];
  }
  const text = field.toString("latin1").replace(/\0.*$/s, "");
  const digits = text.replace(/[^0-7]/g, "");
  return digits === "" ? [] : [BigInt(`0o${digits}`)];
}
