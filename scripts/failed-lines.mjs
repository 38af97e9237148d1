import { stripVTControlCharacters } from "node:util";

/** pytest's summary: `FAILED path::test - reason`, and ERROR where a fixture or an import failed. */
const PYTEST = /^(FAILED|ERROR) \S/;

/** vitest names each failing test, and tells the reason after the last that fails for it. */
const VITEST = /^ FAIL {2}/;

/** A heading of vitest's about an error outside of a test; the reason comes next. */
const UNHANDLED = /^⎯+ (Unhandled (?:Rejection|Error)|Uncaught Exception|Startup Error) ⎯+$/;

/**
 * What of the output of pytest or vitest says which tests failed, and why.
 *
 * @returns a function that takes the output line by line, and gives the lines to repeat: none for
 *   most
 */
export function failedLines() {
  let isReasonNext = false;
  return (coloured) => {
    const line = stripVTControlCharacters(coloured).trimEnd();
    const [, heading] = UNHANDLED.exec(line) ?? [];
    if (VITEST.test(line) || heading !== undefined) {
      isReasonNext = true;
      return [heading ?? line.trim()];
    }
    if (PYTEST.test(line)) return [line];
    if (!isReasonNext || line === "") return [];
    isReasonNext = false;
    return [`  ${line}`];
  };
}
