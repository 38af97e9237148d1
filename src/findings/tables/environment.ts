import { fixedRow, named, row } from "../row.js";

/** config/environment.json. */
export const environment = {
  "environment-missing": fixedRow({
    severity: "error",
    title: "environment.json is missing",
    message: "The MMAR has no config/environment.json, which names its weights and its task.",
    hint: "Take it from the original MMAR.",
  }),
  "script-disagrees": row<{ key: string; environment: string; script: string; taken: string }>({
    severity: "warning",
    title: "infer.sh and environment.json disagree",
    message: (a) =>
      `environment.json says that ${a.key} is ${a.environment}, and commands/infer.sh passes ${a.script}; ${a.taken} is taken.`,
    hint: "Make the two agree. In Clara what infer.sh passes wins, unless its file is not there.",
    saidByPack: true,
    example: named("key", "environment", "script", "taken"),
  }),
  "environment-weights-assumed": row<{ key: string; path: string; why: string }>({
    severity: "warning",
    title: "A file of weights that environment.json does not name is taken",
    message: (a) => `${a.path} is taken for ${a.key}, since ${a.why}.`,
    hint: "Check that it is the right file, and name it in config/environment.json.",
    saidByPack: true,
    example: named("key", "path", "why"),
  }),
  "environment-key-missing": row<{ key: string; example: string }>({
    severity: "error",
    title: "A key of environment.json is missing",
    message: (a) => `${a.key} is missing.`,
    hint: (a) => `Add it, for example: ${a.example}`,
    example: named("key", "example"),
  }),
  "environment-key-type": row<{ key: string; problem: string }>({
    severity: "error",
    title: "A key of environment.json has a wrong value",
    message: (a) => `${a.key} ${a.problem}.`,
    hint: "Correct the value.",
    example: named("key", "problem"),
  }),
  "path-leaves-mmar": row<{ key: string; path: string; how: string }>({
    severity: "error",
    title: "A path in environment.json leads out of the MMAR",
    message: (a) =>
      `${a.key} is "${a.path}", ${a.how}: files outside the MMAR are not in the bundle.`,
    hint: (a) =>
      `Move the file into the MMAR, and set ${a.key} to its path relative to the MMAR's root.`,
    example: named("key", "path", "how"),
  }),
  "path-outside-ignored": row<{ key: string; path: string }>({
    severity: "info",
    title: "A path in environment.json leads out of the MMAR, and is replaced",
    saidByPack: true,
    message: (a) =>
      `${a.key} is "${a.path}", outside the MMAR; the deploy code sets it again for every request.`,
    hint: "No action is needed.",
    example: named("key", "path"),
  }),
};
