/**
 * Variables by which the program, or what it starts, does things in another way. The tests have to
 * come out the same whoever runs them, so they begin without, and set what they test.
 */
const SURROUNDINGS = [
  ...["NO_COLOR", "FORCE_COLOR", "COLORTERM", "CLICOLOR", "CLICOLOR_FORCE", "NODE_DISABLE_COLORS"],
  ...["SOURCE_DATE_EPOCH", "MMAR2MDAI_PYTHON", "PYTHONPATH", "PYTHONHOME", "PYTHONOPTIMIZE"],
  ...["GITHUB_ACTIONS", "GITHUB_WORKSPACE", "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"],
];

/** Takes them out of this process's environment, and so out of its children's. */
export function forgetSurroundings(): void {
  for (const name of SURROUNDINGS) delete process.env[name];
}
