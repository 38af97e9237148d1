import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readList } from "../../src/batch/list-file.js";
import { readConfigFile } from "../../src/options/file.js";
import { scratch } from "../support/mmars.js";

/** Writes a file, and returns its path. */
function file(text: string): string {
  const path = join(scratch(), "x.yaml");
  writeFileSync(path, text);
  return path;
}

describe("the key $schema, which is for editors", () => {
  it("is passed over in a config file", async () => {
    const path = file("$schema: ./config-file.schema.json\ndevice: cpu\n");
    expect(await readConfigFile("mmar", path)).toEqual({ device: "cpu" });
  });

  it("is passed over in a list", async () => {
    const { models } = await readList(file("$schema: ./x.json\nmodels: [a]\n"));
    expect(models.map((model) => model.path)).toEqual(["a"]);
  });

  it("is an unknown option where it is no text, or stands deeper", async () => {
    await expect(readConfigFile("mmar", file("$schema: 3"))).rejects.toThrow(/unknown option/);
    await expect(readList(file("$schema: 3\nmodels: [a]"))).rejects.toThrow(/unknown key/);
    await expect(readList(file("defaults: {$schema: x}\nmodels: [a]"))).rejects.toThrow(
      /unknown option/,
    );
  });
});
