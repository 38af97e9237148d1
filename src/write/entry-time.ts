import type { Environment } from "../environment.js";

/** The first moment that a zip entry can carry. */
const EARLIEST = Date.UTC(1980, 0, 1);

/** The last even second that a tar header of the writer's can carry (31 bits of Unix time). */
const LATEST = Date.UTC(2038, 0, 19, 3, 14, 6);

/** Zip keeps time in steps of two seconds. */
const STEP = 2000;

/**
 * The one time that all entries of a bundle carry: SOURCE_DATE_EPOCH (seconds since 1970, UTC) of
 * `env`, moved into the range that zip and tar share and rounded down to zip's two seconds; without
 * it 1980-01-01T00:00:00Z. The machine's time zone has no part in it.
 *
 * @throws RangeError where SOURCE_DATE_EPOCH is not a whole number of seconds
 * @see https://reproducible-builds.org/specs/source-date-epoch/
 */
export function entryTime(env: Environment): Date {
  const text = env.SOURCE_DATE_EPOCH;
  if (text === undefined || text === "") return new Date(EARLIEST);
  if (!/^-?\d{1,15}$/.test(text)) {
    throw new RangeError(
      `SOURCE_DATE_EPOCH is ${JSON.stringify(text)}, which is not a whole number of seconds ` +
        "since 1970. Set it to one, like 1700000000, or unset it.",
    );
  }
  const time = Math.min(Math.max(Number(text) * 1000, EARLIEST), LATEST);
  return new Date(time - (time % STEP));
}
