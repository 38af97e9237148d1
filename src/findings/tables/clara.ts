import { fixedRow, named, row } from "../row.js";

/** The version of Clara Train that the MMAR was made for. */
export const clara = {
  "generation-tensorflow": row<{ evidence: string }>({
    severity: "error",
    title: "A TensorFlow MMAR (Clara 3)",
    hidesOthers: true,
    stopsAnyDeployCode: true,
    message: (a) =>
      `This MMAR was made for Clara Train 3 (TensorFlow): ${a.evidence}. MD.ai builds only Clara 4.1, and a TensorFlow model has no TorchScript.`,
    hint: "Look for the model's PyTorch version on NGC (its name starts with clara_pt_), or train it again with Clara 4.1.",
    example: named("evidence"),
  }),
  "generation-4-0": row<{ evidence: string }>({
    severity: "info",
    title: "An MMAR of Clara 4.0, rewritten for 4.1",
    saidByPack: true,
    message: (a) =>
      `This MMAR's inference config was made for Clara Train 4.0: ${a.evidence}. MD.ai builds only Clara 4.1, so the bundle gets a rewritten config beside it.`,
    hint: "See the changes with `mmar2mdai inspect --diff`, and run the bundle on one series whose answer you know.",
    example: named("evidence"),
  }),
  "generation-unknown": fixedRow({
    severity: "warning",
    title: "The Clara version is unknown",
    saidByPack: true,
    message:
      "Nothing in the MMAR says which version of Clara Train it was made for; 4.1 is assumed.",
    hint: 'If 4.1 is right, add "CLARA_TRAIN_VERSION": "4.1.0" to config/environment.json.',
  }),
  "upgrade-lambda": row<{ what: string; arg: string; code: string }>({
    severity: "error",
    title: "Code for Clara 4.0 that can't be rewritten for 4.1",
    message: (a) =>
      `The ${a.arg} of ${a.what} was written for the batches of Clara 4.0, and mmar2mdai does not know its form, so it can't be rewritten for 4.1: ${a.code === "" ? "(none)" : a.code}`,
    hint: (a) =>
      `Write it in a known form (docs/clara-4.0.md lists them), or rewrite the config for Clara 4.1 by hand, with transforms instead of ${a.what}.`,
    cases: [
      { when: "there is code", args: named("what", "arg", "code") },
      { when: "there is none", args: { ...named("what", "arg"), code: "" } },
    ],
  }),
  "upgrade-untranslatable": row<{ what: string; problem: string }>({
    severity: "error",
    title: "A component of Clara 4.0 that can't be rewritten for 4.1",
    message: (a) => `${a.what} can't be rewritten for Clara 4.1: ${a.problem}.`,
    hint: "Remove it if the result does not need it, or rewrite the config for Clara 4.1 by hand (docs/clara-4.0.md has the rules).",
    example: named("what", "problem"),
  }),
};
