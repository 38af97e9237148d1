import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { REPOSITORY } from "./support/mmars.js";

type Reasons = Readonly<Record<string, string>>;

const slow = JSON.parse(readFileSync(join(REPOSITORY, "test/slow.json"), "utf8")) as {
  readonly vitest: Reasons;
  readonly pytest: Reasons;
};

describe("the list of slow tests", () => {
  it.each(Object.entries(slow.vitest))("%s is there, with a reason", (file, why) => {
    expect(file).toMatch(/\.test\.ts$/);
    expect(existsSync(join(REPOSITORY, file))).toBe(true);
    expect(why).toMatch(/\w \w/);
  });

  it.each(Object.entries(slow.pytest))("%s is there, with a reason", (id, why) => {
    const [path = "", name] = id.split("::");
    expect(existsSync(join(REPOSITORY, path))).toBe(true);
    if (name !== undefined) {
      expect(readFileSync(join(REPOSITORY, path), "utf8")).toContain(`\ndef ${name}(`);
    }
    expect(why).toMatch(/\w \w/);
  });
});
