import { type ArgsOf, fixedRow, named, row } from "../row.js";

/** What can be wrong with a JSON file. */
const faults = {
  "json-encoding": fixedRow({
    severity: "error",
    title: "A JSON file is not UTF-8",
    stopsAnyDeployCode: true,
    message: "The file is not valid UTF-8, so Clara's JSON reader fails on it.",
    hint: "Save the file as UTF-8 without a byte order mark.",
  }),
  "json-bom": fixedRow({
    severity: "error",
    title: "A JSON file starts with a byte order mark",
    stopsAnyDeployCode: true,
    message: "The file starts with a byte order mark, which Python's JSON reader refuses.",
    hint: "Save the file as UTF-8 without a byte order mark.",
  }),
  "json-comment": fixedRow({
    severity: "error",
    title: "A comment in a JSON file",
    stopsAnyDeployCode: true,
    message: "JSON has no comments; Python's JSON reader stops here.",
    hint: "Remove the comment.",
  }),
  "json-trailing-comma": fixedRow({
    severity: "error",
    title: "A trailing comma in a JSON file",
    stopsAnyDeployCode: true,
    message: "There is a comma before a closing bracket; Python's JSON reader stops here.",
    hint: "Remove the comma.",
  }),
  "json-duplicate-key": row<{ key: string; firstLine: number }>({
    severity: "error",
    title: "A duplicate key in a JSON object",
    stopsAnyDeployCode: true,
    message: (a) =>
      `"${a.key}" is already set in line ${a.firstLine}; Python's JSON reader silently takes only the last one.`,
    hint: "Keep one of them, and remove the other.",
    lines: ["firstLine"],
    example: { ...named("key"), firstLine: 3 },
  }),
  "json-syntax": row<{ problem: string }>({
    severity: "error",
    title: "A file is not JSON",
    stopsAnyDeployCode: true,
    message: (a) => `The file is not JSON: ${a.problem}.`,
    hint: "Correct the file here, or take it from the original MMAR.",
    example: named("problem"),
  }),
  "json-not-an-object": row<{ is: string }>({
    severity: "error",
    title: "A JSON file does not hold an object",
    stopsAnyDeployCode: true,
    message: (a) => `The file holds ${a.is}, but must hold an object ({ … }).`,
    hint: "Take the file from the original MMAR.",
    example: named("is"),
  }),
  "json-too-large": row<{ size: string; limit: string }>({
    severity: "error",
    title: "A JSON file is too large for an MMAR",
    stopsAnyDeployCode: true,
    message: (a) =>
      `The file has ${a.size}; an MMAR's config has a few kilobytes, and files over ${a.limit} are not read.`,
    hint: "Check what the file is. If it is a data list, remove the training data from it.",
    example: named("size", "limit"),
  }),
};

type Faults = typeof faults;

/** Codes of what can be wrong with a JSON file. */
export type JsonFault = keyof Faults;

/** What is wrong with a JSON file: another finding's code and arguments. */
type AsideFault = {
  readonly [C in JsonFault]: { readonly code: C; readonly args: ArgsOf<Faults[C]> };
}[JsonFault];

/** What a fault's own finding would say. */
function faultMessage<C extends JsonFault>(fault: { code: C; args: ArgsOf<Faults[C]> }): string {
  // Code and arguments belong to each other, which TypeScript can't follow through the index.
  const message = faults[fault.code].message as (args: ArgsOf<Faults[C]>) => string;
  return message(fault.args);
}

/** JSON files. */
export const json = {
  ...faults,
  "aside-unreadable": row<{ fault: AsideFault }>({
    severity: "warning",
    title: "A file that inference does not need can't be read",
    saidByPack: true,
    message: (a) =>
      `${faultMessage(a.fault)} Inference does not need this file; nothing is derived from it.`,
    hint: "Correct the file, or check in the summary what was derived without it.",
    example: { fault: { code: "json-syntax", args: named("problem") } },
  }),
};
