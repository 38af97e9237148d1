// The main job on the sample that comes with the project: packs a small spleen MMAR into demo-out/.
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
process.chdir(ROOT);
mkdirSync("demo-out", { recursive: true });

const args = ["pack", "fixtures/spleen_ct", "-o", "demo-out", "--force"];
console.log(`$ mmar2mdai ${args.join(" ")}\n`);
const { status } = spawnSync(process.execPath, ["bin/mmar2mdai.js", ...args], { stdio: "inherit" });
process.exitCode = status ?? 1;
