import { once } from "node:events";

/** What `work` comes to, or the signal's reason as soon as it is aborted. */
export async function unlessAborted<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (signal === undefined) return work;
  work.catch(() => undefined);
  const done = new AbortController();
  const aborted = once(signal, "abort", { signal: done.signal }).then(
    () => signal.throwIfAborted(),
    () => undefined,
  );
  try {
    signal.throwIfAborted();
    await Promise.race([work, aborted]);
    return await work;
  } finally {
    done.abort();
  }
}
