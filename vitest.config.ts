import { readFileSync } from "node:fs";
import { defineConfig } from "vitest/config";

/** Files of tests that need a kill, a fuzz, a measurement or many processes, and why. */
const SLOW = Object.keys(JSON.parse(readFileSync("test/slow.json", "utf8")).vitest);

/** Files that replace a module for all that is loaded after it. */
const ALONE = ["test/write/temp-file.test.ts"];

export default defineConfig({
  test: {
    globalSetup: "test/support/program.ts",
    // Processes have a working folder and an environment of their own, which threads have not.
    pool: "forks",
    // Children of Node and whole archives: slow machines get the time they need.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // The tests wait for their children most of the time: one processor less would be idle.
    maxWorkers: "100%",
    projects: [
      // Loading the sources anew for each file would take as long as the tests do.
      project("fast", { include: ["test/**/*.test.ts"], exclude: [...SLOW, ...ALONE] }, false),
      project("alone", { include: ALONE }, true),
      project("slow", { include: SLOW }, true),
    ],
  },
});

function project(
  name: string,
  files: { readonly include: string[]; readonly exclude?: string[] },
  isolate: boolean,
) {
  const setupFiles = "test/support/setup.ts";
  return { extends: true as const, test: { name, ...files, isolate, setupFiles } };
}
