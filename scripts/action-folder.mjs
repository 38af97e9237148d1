#!/usr/bin/env node
// Makes the GitHub action as it is released: action.yml with a program that is built, and all that
// it needs, so that no step of a workflow installs anything.
//
//   npm run action [FOLDER]      dist-action/ by default
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { licensesText, ROOT, stage } from "./stage.mjs";

const out = process.argv[2] ?? join(ROOT, "dist-action");
const packages = stage(out);
mkdirSync(join(out, "scripts"), { recursive: true });
for (const file of ["action.yml", "scripts/action.mjs"]) cpSync(join(ROOT, file), join(out, file));
writeFileSync(join(out, "THIRD-PARTY-LICENSES.txt"), licensesText(packages));
console.log(out);
