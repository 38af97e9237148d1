import { readAll, type SourceFile } from "../../files/source-file.js";

/** A script, or a description of a model, has some kilobytes: a longer file is neither. */
const LONGEST = 1024 * 1024;

/** The text of a file, if it is there and of a length that such texts have. */
export async function readShortText(file: SourceFile | undefined): Promise<string | undefined> {
  if (file === undefined || file.size > LONGEST) return undefined;
  return (await readAll(file)).toString("utf8");
}
