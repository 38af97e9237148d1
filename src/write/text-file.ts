import { asMachineError } from "../errors.js";
import { createTemp, discard, putInPlace, type TempFile } from "./temp-file.js";

/**
 * Writes a text file in one step: whatever happens, under its name lies the old file or the whole
 * new one.
 *
 * @param text - the text, or the pieces that it consists of
 * @param force - whether an existing file is replaced
 * @throws TargetExistsError where it exists, or appears meanwhile, without `force`
 * @throws MachineError where the system fails: full disk, missing permission
 */
export async function writeText(
  path: string,
  text: string | AsyncIterable<string>,
  force = true,
): Promise<void> {
  const temp = await createTemp(path);
  try {
    await write(temp, path, typeof text === "string" ? [text] : text);
    await putInPlace(temp, path, force);
  } catch (error) {
    await discard(temp);
    throw error;
  }
}

async function write(
  { handle }: TempFile,
  path: string,
  pieces: Iterable<string> | AsyncIterable<string>,
): Promise<void> {
  for await (const piece of pieces) {
    try {
      await handle.appendFile(piece);
    } catch (error) {
      throw asMachineError(error, "write", path);
    }
  }
  await handle.sync().catch((error: unknown) => {
    throw asMachineError(error, "sync", path);
  });
}
