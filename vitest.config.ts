import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Children of Node and whole archives: slow machines get the time they need.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // The tests wait for their children most of the time: one processor less would be idle.
    maxWorkers: "100%",
  },
});
