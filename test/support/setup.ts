// Runs before each file of tests, in its process.
import fc from "fast-check";
import { afterAll } from "vitest";
import { removeFolders } from "./folders.js";
import { forgetSurroundings } from "./surroundings.js";

// CI fails for a change, not by chance: it tries the same values each time. Others try more.
if (process.env.CI) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: 2026 });
forgetSurroundings();
afterAll(removeFolders);
