/** The user asked for something that can't be: an option, not the MMAR, has to change. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
