import { fixedRow, named, row } from "../row.js";

export const deployCode = {
  "deploy-unchecked": row<{ why: string }>({
    severity: "info",
    unchecked: "the Python code",
    title: "The Python code was not checked",
    message: (a) => `The bundle's Python code was not checked: ${a.why}.`,
    hint: "Install Python 3, or name one in the environment variable MMAR2MDAI_PYTHON.",
    example: named("why"),
  }),
  "deploy-syntax": row<{ problem: string; python: string }>({
    severity: "error",
    title: "A syntax error in the deploy code",
    message: (a) => `Python ${a.python}, which the image has, can't read the file: ${a.problem}.`,
    hint: (a) => `Correct the file here, so that Python ${a.python} can read it.`,
    example: named("problem", "python"),
  }),
  "deploy-syntax-unsure": row<{ problem: string; asked: string; python: string | null }>({
    severity: "warning",
    title: "A possible syntax error in the deploy code",
    message: (a) =>
      a.python === null
        ? `Python ${a.asked} on this machine can't read the file (${a.problem}); the image's Python is unknown, and may be able to.`
        : `Python ${a.asked} on this machine can't read the file (${a.problem}); the image's Python is ${a.python}, and may be able to.`,
    hint: (a) =>
      `Check the line, or verify with Python ${a.python === null ? "of the image's version" : a.python} (MMAR2MDAI_PYTHON).`,
    cases: [
      {
        when: "the image's Python is newer",
        args: named("problem", "asked", "python"),
      },
      {
        when: "the image's Python is unknown",
        args: { ...named("problem", "asked"), python: null },
      },
    ],
  }),
  "deploy-syntax-unused": row<{ problem: string }>({
    severity: "warning",
    title: "A syntax error in a file that mdai_deploy.py does not import",
    message: (a) =>
      `Python can't read the file (${a.problem}); nothing that mdai_deploy.py imports seems to need it.`,
    hint: "Correct the file here, or leave it out.",
    example: named("problem"),
  }),
  "deploy-class-missing": fixedRow({
    severity: "error",
    title: "mdai_deploy.py has no class MDAIModel",
    message: "The file does not define MDAIModel, which MD.ai's server imports when it starts.",
    hint: "Add a class MDAIModel with a method predict(self, data).",
  }),
  "deploy-class-unclear": row<{ why: string }>({
    severity: "info",
    unchecked: "whether MDAIModel can be called",
    title: "It is unclear whether MDAIModel can be called",
    message: (a) =>
      `Whether MD.ai's server can call MDAIModel is unclear from its source: ${a.why}.`,
    hint: "No action is needed if MDAIModel().predict(data) works.",
    example: named("why"),
  }),
  "deploy-method": row<{ method: string; problem: string }>({
    severity: "error",
    title: "A method of MDAIModel that MD.ai's server can't call",
    message: (a) => `MDAIModel's ${a.method} ${a.problem}.`,
    hint: (a) =>
      a.method === "predict"
        ? "Write it as def predict(self, data)."
        : "Write it as def __init__(self).",
    cases: [
      { when: "it is predict", args: { method: "predict", ...named("problem") } },
      { when: "it is __init__", args: { method: "__init__", ...named("problem") } },
    ],
  }),
  "deploy-bool-mask": fixedRow({
    severity: "warning",
    title: "A mask that looks like a list of bool",
    message:
      "The mask looks like a list of True and False; MD.ai's validator takes int and float only, and refuses the whole answer.",
    hint: "Convert the array first: mask.astype(int).tolist()",
  }),
  "module-shadows": row<{ name: string; what: string }>({
    severity: "warning",
    title: "A file in .mdai with the name of another module",
    message: (a) =>
      `The name ${a.name} is also that of ${a.what}: an import of one may give the other.`,
    hint: "Rename the file, and change the imports of it.",
    example: named("name", "what"),
  }),
};
