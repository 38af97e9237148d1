#!/usr/bin/env node
/**
 * Runs the tests of TypeScript and of Python beside each other.
 *
 *   node scripts/test.mjs [fast|slow|all]
 *
 * test/slow.json says what is slow, and why. Each line says whose it is; at the end stands what
 * passed, what failed, and what was left out because this machine lacks something for it; last,
 * which tests failed, and why. Ends with 1 if a part failed; with CI=true that a part was left out
 * is a failure of the part.
 */
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { ensureBuilt } from "./built.mjs";
import { failedLines } from "./failed-lines.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
ensureBuilt();

const python = (...args) => ["node", "scripts/python.mjs", ...args];
const vitest = (...args) => ["npx", "vitest", "run", ...args];

/** The parts of each tier: name, and command. Those of one list run one after the other. */
const TIERS = {
  fast: [
    [["TypeScript", vitest("--project=fast", "--project=alone")]],
    [["Python", python("test", "--tier=fast")]],
  ],
  slow: [
    [["TypeScript", vitest("--project=slow")]],
    [
      ["Python", python("test", "--tier=slow")],
      ["PyTorch", python("heavy")],
      ["Bundles", python("bundles")],
    ],
  ],
  all: [
    [["TypeScript", vitest()]],
    [
      ["Python", python("test")],
      ["PyTorch", python("heavy")],
      ["Bundles", python("bundles")],
    ],
  ],
};

/** How a part says that it, or some of it, was not run for want of something. */
const LEFT_OUT = /LEFT OUT: .*|SKIPPED \[\d+\] .*/;

/** Runs a part, printing its lines as they come. */
async function run(name, [command, ...args]) {
  const start = Date.now();
  const leftOut = [];
  const failures = [];
  const failed = failedLines();
  // pytest cuts reasons off at the width of the terminal.
  const env = { COLUMNS: "160", ...(process.stdout.isTTY && { FORCE_COLOR: "1" }) };
  const running = execa(command, args, { cwd: ROOT, env, reject: false, all: true, buffer: false });
  for await (const line of running.iterable({ from: "all" })) {
    console.log(`${`${name}:`.padEnd(12)}${line}`);
    const [said] = LEFT_OUT.exec(line) ?? [];
    if (said !== undefined) leftOut.push(said);
    failures.push(...failed(line));
  }
  const end = await running.catch((error) => error);
  return { name, failed: end.failed, leftOut, failures, seconds: (Date.now() - start) / 1000 };
}

async function runAll(parts) {
  const results = [];
  for (const [name, command] of parts) results.push(await run(name, command));
  return results;
}

async function main(tier = "fast") {
  if (!Object.hasOwn(TIERS, tier)) {
    console.error(`Usage: node scripts/test.mjs ${Object.keys(TIERS).join("|")}`);
    return 2;
  }
  const results = (await Promise.all(TIERS[tier].map(runAll))).flat();
  console.log("");
  for (const { name, failed, seconds } of results) {
    console.log(`${name.padEnd(12)}${failed ? "FAILED" : "passed"} in ${Math.round(seconds)} s`);
  }
  for (const { name, leftOut } of results) {
    for (const said of new Set(leftOut)) console.log(`*** ${name}: ${said}`);
  }
  if (tier === "fast") console.log("Not run: the slow tests (test/slow.json); npm run test:all");
  for (const { name, failures } of results) {
    for (const line of failures) console.log(`${`${name}:`.padEnd(12)}${line}`);
  }
  return results.some(({ failed }) => failed) ? 1 : 0;
}

process.exitCode = await main(process.argv[2]);
