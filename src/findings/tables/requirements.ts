import { named, row } from "../row.js";

/** What the user adds to requirements.txt. */
export const requirements = {
  "requirement-fights-server": row<{ requirement: string; pin: string }>({
    severity: "error",
    title: "A requirement that would replace a package of MD.ai's server",
    message: (a) =>
      `The requirement "${a.requirement}" does not allow ${a.pin}, which MD.ai's server was installed with and runs on.`,
    hint: "Leave it out, or allow the server's version.",
    example: named("requirement", "pin"),
  }),
  "requirement-fights-image": row<{ requirement: string; pin: string; reason: string }>({
    severity: "error",
    title: "A requirement that could replace a package of the image",
    message: (a) => `The requirement "${a.requirement}" could replace ${a.pin}, which ${a.reason}.`,
    hint: "Leave it out, or name the package without a version.",
    example: named("requirement", "pin", "reason"),
  }),
  "requirement-clash": row<{ requirement: string; other: string }>({
    severity: "error",
    title: "Two requirements that no version satisfies",
    message: (a) =>
      `The requirement "${a.requirement}" conflicts with "${a.other}", which is also in the bundle's requirements.txt: pip stops at the two.`,
    hint: "Leave it out, or ask for a version that both allow.",
    example: named("requirement", "other"),
  }),
  "requirement-brings-other": row<{ requirement: string; asks: string; pin: string }>({
    severity: "warning",
    title: "A requirement without an upper limit that brings another version of what is installed",
    message: (a) =>
      `The requirement "${a.requirement}" lets pip take the newest version, which asks for ${a.asks}: that could replace ${a.pin}.`,
    hint: "Pin it to a version that works with what is installed: name==version.",
    example: named("requirement", "asks", "pin"),
  }),
  "requirement-unpinned": row<{ requirement: string; python: string }>({
    severity: "warning",
    title: "A requirement without an exact version",
    message: (a) =>
      `The requirement "${a.requirement}" has no exact version: the next build may get another one, or one that no longer supports Python ${a.python}.`,
    hint: "Pin it: name==version.",
    example: named("requirement", "python"),
  }),
  "requirement-other-python": row<{ requirement: string; wants: string; python: string }>({
    severity: "error",
    title: "A requirement for another Python",
    message: (a) =>
      `The requirement "${a.requirement}" is for ${a.wants}, but the image has Python ${a.python}: pip stops at it, or passes it over.`,
    hint: (a) => `Ask for a version of the package for Python ${a.python}.`,
    example: named("requirement", "wants", "python"),
  }),
};
