import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: "test/support/program.ts",
    setupFiles: "test/support/setup.ts",
    // Processes have a working folder and an environment of their own, which threads have not.
    pool: "forks",
    // Children of Node and whole archives: slow machines get the time they need.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // The tests wait for their children most of the time: one processor less would be idle.
    maxWorkers: "100%",
  },
});
