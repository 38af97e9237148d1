import fc from "fast-check";
import { load, YAML11_SCHEMA } from "js-yaml";
import { describe, expect, it } from "vitest";
import { configYaml } from "../../src/mdai/write-config-yaml.js";
import { parsePackOptions } from "../../src/options/schema.js";
import { violations } from "../../src/schemas.js";
import { pythonWith, runPython } from "../support/python.js";

const python = pythonWith("yaml");
if (python === undefined) console.warn("No PyYAML: config.yaml is read with js-yaml only.");

/** How MD.ai's builder reads it: PyYAML's safe_load, or by the same YAML 1.1. */
function readers(texts: readonly string[]): unknown[][] {
  const code = "import yaml\nprint(json.dumps([yaml.safe_load(t) for t in json.load(sys.stdin)]))";
  const other = texts.map((text) => load(text, { schema: YAML11_SCHEMA }));
  return python === undefined ? [other] : [other, runPython<unknown[]>(python, code, texts)];
}

/** The value that Docker makes of what stands behind `ENV key=` (Dockerfile reference). */
function byDocker(text: string): string {
  if (!text.startsWith('"')) return text;
  expect(text).toMatch(/^"([^"\\$]|\\[\\"$])*"$/);
  return text.slice(1, -1).replace(/\\(.)/g, "$1");
}

const BASE = { baseImage: "nvidia", claraVersion: "4.1.0", device: "gpu" } as const;

describe("config.yaml", () => {
  it("is what MD.ai's builder takes", () => {
    for (const device of ["gpu", "cpu"] as const) {
      for (const [value] of readers([configYaml({ ...BASE, device, env: {} })])) {
        expect(value).toEqual({
          base_image: "nvidia",
          clara_version: "4.1.0",
          device_type: device,
        });
        expect(violations("config_yaml", value)).toEqual([]);
      }
    }
  });

  it("quotes the version, which is no number", () => {
    expect(configYaml({ ...BASE, env: {} })).toContain('clara_version: "4.1.0"');
  });

  const tricky = {
    SPACES: "a b",
    QUOTES: `it's "so"`,
    DOLLAR: ["$HOME $", "{X}"].join(""),
    BACKSLASH: "a\\b\\",
    HASH: "a # b",
    COLON: "a: b",
    EMPTY: "",
    TAB: "a\tb",
    SCRIPT: "größe 脾臓 🫀",
    SEPARATORS: "a\u2028b\u0085c",
    BRACES: "{{ x }} {% y %}",
    PLAIN: "/opt/a-b_c.d:e@f,g=h+%",
    yes: "yes",
    no: "NO",
    on: "on",
    null: "null",
    true: "true",
    y: "y",
    NUMBER: "1.10",
    OCTAL: "010",
    SEXAGESIMAL: "1:30",
    DATE: "2021-11-01",
    STAR: "*a",
    AND: "&a",
    LONG: "x ".repeat(500),
  };

  it("says each environment variable as it was given", () => {
    for (const [value] of readers([configYaml({ ...BASE, env: tricky })])) {
      const { env } = value as { env: Record<string, string> };
      const read = Object.entries(env).map(([key, text]) => [key, byDocker(text)]);
      expect(Object.fromEntries(read)).toEqual(tricky);
      expect(violations("config_yaml", value)).toEqual([]);
    }
  });

  it("says any environment variable as it was given", () => {
    const line = fc.string({ unit: "binary" }).filter((text) => /^[^\r\n\0\p{Cs}]*$/u.test(text));
    const envs = fc.sample(fc.dictionary(fc.stringMatching(/^[A-Za-z_]\w{0,4}$/), line), 300);
    const texts = envs.map((env) => configYaml({ ...BASE, env }));
    for (const values of readers(texts)) {
      const read = (values as { env?: Record<string, string> }[]).map(({ env = {} }) =>
        Object.fromEntries(Object.entries(env).map(([key, text]) => [key, byDocker(text)])),
      );
      expect(read).toEqual(envs.map((env) => ({ ...env })));
    }
  });

  it("does not depend on the order in which variables were given", () => {
    const one = configYaml({ ...BASE, env: { B: "1", A: "2" } });
    expect(configYaml({ ...BASE, env: { A: "2", B: "1" } })).toBe(one);
  });

  it.each([
    ["A B", "x", /letters, digits and _/],
    ["1A", "x", /letters, digits and _/],
    ["", "x", /letters, digits and _/],
    ["A", "x\ny", /one line/],
    ["A", "x\ry", /one line/],
    ["A", "x\0y", /one line/],
    ["MDAI_PATH", "/x", /set by MD\.ai/],
  ])("refuses %j=%j", (name, value, says) => {
    expect(() => parsePackOptions({ env: { [name]: value } })).toThrow(says);
  });
});
