/** Methods of compression in a zip (PKWARE's APPNOTE, 4.4.5). */
export const STORED = 0;
export const DEFLATED = 8;

/** Bit of a Unix mode that says "regular file", as a zip keeps modes. */
export const S_IFREG = 0o100000;
