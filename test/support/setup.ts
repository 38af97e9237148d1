// Runs before each file of tests, in its process.
import { afterAll } from "vitest";
import { removeFolders } from "./folders.js";
import { forgetSurroundings } from "./surroundings.js";

forgetSurroundings();
afterAll(removeFolders);
