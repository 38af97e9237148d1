/** Seconds that a rate is taken over: long enough to be steady, short enough to follow. */
const WINDOW = 10;

/** Before so many seconds a rate says nothing: caches fill, and programs start. */
const LEAST_SECONDS = 2;

/** Before so much of the whole is done the time that is left is a guess. */
const LEAST_SHARE = 0.01;

interface Sample {
  readonly seconds: number;
  readonly bytes: number;
}

/** What is known of the speed of a work. */
export interface Speed {
  /** Bytes a second; undefined before there is enough to tell. */
  readonly rate: number | undefined;
  /** Seconds that are left; undefined before there is enough to tell. */
  readonly left: number | undefined;
}

/** Tells the speed of a work by what it did in the last seconds. */
export class SpeedMeter {
  #samples: Sample[] = [];

  /**
   * @param seconds - since the start of the work; not less than before
   * @param done - bytes done
   * @param total - bytes in all
   */
  at(seconds: number, done: number, total: number): Speed {
    this.#samples.push({ seconds, bytes: done });
    // One that is older than the window stays, so that the window is full.
    while ((this.#samples[1]?.seconds ?? Infinity) <= seconds - WINDOW) this.#samples.shift();
    const [first = { seconds, bytes: done }] = this.#samples;
    const since = seconds - first.seconds;
    if (seconds < LEAST_SECONDS || since <= 0) return { rate: undefined, left: undefined };
    const rate = (done - first.bytes) / since;
    const isKnown = rate > 0 && done >= LEAST_SHARE * total;
    return { rate, left: isKnown ? Math.max(0, total - done) / rate : undefined };
  }
}
