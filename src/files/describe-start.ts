/** The first bytes of a file of unknown form, in words. */
export function describeStart(head: Buffer): string {
  const start = head.subarray(0, 16);
  const printable = /^[\x20-\x7e\s]*$/.test(start.toString("latin1"));
  return printable
    ? JSON.stringify(start.toString("latin1"))
    : `the bytes ${start
        .subarray(0, 8)
        .toString("hex")
        .replace(/(..)(?=.)/g, "$1 ")}`;
}
