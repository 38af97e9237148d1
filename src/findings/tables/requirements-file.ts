import { named, row } from "../row.js";

/** The bundle's requirements.txt. */
export const requirementsFile = {
  "requirement-unparseable": row<{ requirement: string; problem: string }>({
    severity: "error",
    title: "A line of requirements.txt that pip can't read",
    message: (a) =>
      a.requirement === ""
        ? `pip can't read the file: ${a.problem}.`
        : `pip can't read "${a.requirement}": ${a.problem}.`,
    hint: "Write one package per line, such as numpy==1.21.6, and save the file as UTF-8.",
    cases: [
      { when: "it is one line", args: named("requirement", "problem") },
      { when: "it is the whole file", args: { requirement: "", ...named("problem") } },
    ],
  }),
  "requirement-file-missing": row<{ requirement: string; file: string }>({
    severity: "error",
    title: "A requirement names a file that is not there when pip runs",
    message: (a) =>
      `"${a.requirement}" names ${a.file}; when pip runs, the image holds only requirements.txt and the wheels directly in .mdai.`,
    hint: "Put the wheel into .mdai and name it as ./name.whl, or name the packages here.",
    example: named("requirement", "file"),
  }),
  "numpy-too-new": row<{ python: string; imports: string }>({
    severity: "warning",
    title: "Nothing holds NumPy below 2",
    message: (a) =>
      `MD.ai's server asks for NumPy without a version, which is NumPy 2 for Python ${a.python}; pydicom 2.3.1 and its decoders were built for NumPy 1, so that importing ${a.imports} fails, and with it each request.`,
    hint: "Add a line numpy<2 to requirements.txt.",
    example: { python: "3.10", ...named("imports") },
  }),
  "setuptools-too-new": row<{ requirement: string; isSetuptools: boolean }>({
    severity: "warning",
    title: "A setuptools without pkg_resources",
    message: (a) => {
      const brings = a.isSetuptools
        ? `asks for setuptools 82 or newer`
        : "lets pip take PyTorch 2.13 or newer, which brings setuptools 82 or newer";
      return `The requirement "${a.requirement}" ${brings}. It has no pkg_resources, which MD.ai's server imports when it starts, so the server ends at once.`;
    },
    hint: "Add a line setuptools<81 to requirements.txt.",
    cases: [
      { when: "it is of PyTorch", args: { ...named("requirement"), isSetuptools: false } },
      { when: "it is setuptools itself", args: { ...named("requirement"), isSetuptools: true } },
    ],
  }),
  "requirement-replaces-image": row<{ requirement: string; pin: string; reason: string }>({
    severity: "warning",
    title: "A requirement that could replace a package of the image",
    message: (a) => `The requirement "${a.requirement}" could replace ${a.pin}, which ${a.reason}.`,
    hint: "Name the package without a version unless the model needs another, and then try it.",
    example: named("requirement", "pin", "reason"),
  }),
  "requirement-replaces-server": row<{ requirement: string; pin: string }>({
    severity: "warning",
    title: "A requirement that replaces a package of MD.ai's server",
    message: (a) =>
      `The requirement "${a.requirement}" does not allow ${a.pin}, which MD.ai's server is installed with: pip replaces it.`,
    hint: "Allow the server's version. If the model needs another one, test the bundle with it.",
    example: named("requirement", "pin"),
  }),
};
