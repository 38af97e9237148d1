import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cli, cliProcess } from "../support/cli.js";
import { mmarMaker, scratch } from "../support/mmars.js";

const make = mmarMaker();

describe("what was meant is said for", () => {
  it.each([
    ["a folder without a command", ["./a"], "(Did you mean mmar2mdai pack ./a?)"],
    ["a path that is not there", ["x/y"], "(Did you mean mmar2mdai pack x/y?)"],
    ["a name with a space", ["a b.zip"], "(Did you mean mmar2mdai pack 'a b.zip'?)"],
    ["a bundle", ["a.mdai.zip"], "(Did you mean mmar2mdai verify a.mdai.zip?)"],
    ["several", ["a", "b.zip"], "(Did you mean mmar2mdai batch a b.zip --out <folder>?)"],
    ["version", ["version"], "(Did you mean mmar2mdai --version, or -V?)"],
    ["a mistyped command", ["paack"], "error: unknown command 'paack'\n(Did you mean pack?)"],
    ["help with one", ["help", "paack"], "error: unknown command 'paack'\n(Did you mean pack?)"],
    ["pack with several", ["pack", "a", "b"], "For several: mmar2mdai batch a b --out <folder>"],
    [
      "pack with very many",
      ["pack", "a", "b", "c", "d", "e"],
      "For several: mmar2mdai batch a b c … --out <folder>",
    ],
    [
      "names of classes with spaces between them",
      ["pack", "a", "--class-names", "liver", "tumour", "cyst"],
      "Names of classes are one word, with commas: --class-names liver,tumour,cyst",
    ],
    [
      "them in inspect, before the MMAR",
      ["inspect", "--class-names", "liver", "tumour", "a"],
      "--class-names liver,tumour\n",
    ],
    ["inspect with several", ["inspect", "a", "b"], "inspect takes one MMAR, not 2. Run it once"],
    ["verify with several", ["verify", "a", "b"], "verify takes one bundle, not 2. Run it once"],
  ])("%s", async (_, args, says) => {
    const cwd = scratch();
    for (const name of ["a", "b", "a b.zip"]) writeFileSync(join(cwd, name), "");
    const { exitCode, stdout, stderr } = await cli(args, { cwd });
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(says);
    expect(stderr).toMatch(/\(mmar2mdai.* --help shows/);
  });

  it("nothing where nothing is known: the help is named", async () => {
    const { exitCode, stderr } = await cli(["qqqqqq"], { cwd: scratch() });
    expect([exitCode, stderr]).toEqual([
      2,
      "error: unknown command 'qqqqqq'\n(mmar2mdai --help shows what there is)\n",
    ]);
    expect((await cli(["help", "pack"])).stdout).toMatch(/^Usage: mmar2mdai pack/);
  });
});

describe.skipIf(!existsSync("/dev/full"))("a full disk behind stdout ends with 3, and", () => {
  const FULL =
    "error: Can't print to stdout: no space is left on the disk (ENOSPC). Send the output to another place.\n";
  const toFull = async (args: readonly string[], cwd = scratch()) => {
    const shell = '"$@" > /dev/full';
    const { exitCode, stderr } = await cliProcess(args, { cwd, shell });
    return [exitCode, stderr];
  };

  it("what was packed, and the verdict on it, are said on stderr", async () => {
    const cwd = scratch();
    const packed = `${FULL}Packed spleen_ct.mdai.zip.\n`;
    expect(await toFull(["pack", make().path], cwd)).toEqual([3, packed]);
    expect(await toFull(["pack", make().path, "--force", "--json"], cwd)).toEqual([3, packed]);
    const [code, verdict] = await toFull(["verify", "spleen_ct.mdai.zip", "--json"], cwd);
    expect([code, verdict]).toEqual([3, expect.stringContaining(`${FULL}Nothing was found that`)]);
    const [batchCode, told] = await toFull(["batch", make().path, "-o", "b"], cwd);
    expect([batchCode, told]).toEqual([3, expect.stringMatching(/stdout.*\n1 MMAR: 1 packed\n$/)]);
    expect(existsSync(join(cwd, "b/spleen_ct.mdai.zip"))).toBe(true);
  });

  it("the commands that only print say so", async () => {
    expect(await toFull(["inspect", make().path])).toEqual([3, FULL]);
    expect(await toFull(["completion", "bash"])).toEqual([3, FULL]);
    expect(await toFull(["--help"])).toEqual([3, FULL]);
  });

  it("one behind stderr changes nothing", async () => {
    const shell = '"$@" 2> /dev/full';
    const args = ["pack", make().remove("commands/set_env.sh").path];
    const { exitCode, stdout } = await cliProcess(args, { cwd: scratch(), shell });
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining("Packed spleen_ct.mdai.zip")]);
  });
});
