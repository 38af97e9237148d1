// The main job on the sample that comes with the project: packs a small spleen MMAR into demo-out/,
// and runs it on a made CT where there is a Python with PyTorch and MONAI: MMAR2MDAI_RUN_PYTHON
// names one, else the active virtual environment is looked at.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureBuilt } from "./built.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
process.chdir(ROOT);
ensureBuilt();
mkdirSync("demo-out", { recursive: true });

const args = ["pack", "fixtures/spleen_ct", "-o", "demo-out", "--force"];
console.log(`$ mmar2mdai ${args.join(" ")}\n`);
const { status } = spawnSync(process.execPath, ["bin/mmar2mdai.js", ...args], { stdio: "inherit" });
process.exitCode = status ?? 1;
if (status === 0) runDemo();

/** Runs the model, or says why not: a demo does not install PyTorch. */
function runDemo() {
  const active = process.env.VIRTUAL_ENV && join(process.env.VIRTUAL_ENV, "bin", "python");
  const python = process.env.MMAR2MDAI_RUN_PYTHON ?? active;
  const has = ["-c", "import torch, monai, pydicom, highdicom"];
  if (!python || spawnSync(python, has, { stdio: "ignore" }).status !== 0) {
    console.log(
      "\nLEFT OUT: mmar2mdai run, which shows what the model finds. It takes a Python with PyTorch," +
        " MONAI 0.8.1 and highdicom: name one with MMAR2MDAI_RUN_PYTHON.",
    );
    return;
  }
  const dicom = "demo-out/ct";
  const made = spawnSync(python, ["scripts/demo_ct.py", dicom], { stdio: "inherit" });
  if (made.status !== 0) {
    process.exitCode = 1;
    return;
  }
  const run = ["run", "fixtures/spleen_ct", dicom, "-o", "demo-out/run", "--force"];
  console.log(`\n$ mmar2mdai ${run.join(" ")} --python ${python}\n`);
  const all = ["bin/mmar2mdai.js", ...run, "--python", python];
  const ran = spawnSync(process.execPath, all, { stdio: "inherit" });
  process.exitCode = ran.status ?? 1;
  const report = join(ROOT, "demo-out/run/report.html");
  if (existsSync(report)) console.log(`\nOpen ${report}`);
}
