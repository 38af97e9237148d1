import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseRequirement } from "../../src/mdai/pep508.js";
import { SERVER_REQUIREMENTS } from "../../src/mdai/protected-packages.js";
import { readLines } from "../../src/mdai/requirements-file.js";
import { REPOSITORY } from "../support/mmars.js";
import { runPython } from "../support/python.js";

/**
 * NumPy's place is taken by what answers an order, as fake-python.ts does: it is the first package
 * that the Python side of a run imports. So an installed environment can be run without PyTorch.
 */
const NUMPY = `
import json, os, sys
if os.path.basename(sys.argv[0]) == "run_bundle.py":
    order = json.load(sys.stdin)
    os.mkdir(os.path.join(order["out"], "masks"))
    os.mkdir(os.path.join(order["out"], "page"))
    with open(os.path.join(order["out"], "answer.json"), "w") as file:
        file.write("[]")
    request = {"title": "series 3", "error": None, "seconds": 1.5, "refused": [], "answers": 0,
        "notes": [], "warnings": [], "scores": [], "series": []}
    result = {"requests": [request], "classes": [], "files": ["answer.json"], "memory": None,
        "seconds": {"load": 0.5}, "versions": {"python": sys.version.split()[0]}}
    print(json.dumps({"event": "result", "result": result}), flush=True)
    os._exit(0)
`;

/** Writes wheels of one module each. */
const WRITE = `
import zipfile
given = json.load(sys.stdin)
for name, version in given["packages"]:
    module, info = name.replace("-", "_"), f"{name.replace('-', '_')}-{version}.dist-info/"
    with zipfile.ZipFile(f"{given['folder']}/{module}-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{module}/__init__.py", given["code"].get(name, ""))
        wheel.writestr(info + "METADATA",
            f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
        wheel.writestr(info + "WHEEL",
            "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "RECORD", "")
print("null")
`;

/** Writes wheels of the packages, each `[name, version]`. */
function writeWheels(
  python: string,
  folder: string,
  packages: Iterable<readonly [name: string, version: string]>,
): void {
  runPython(python, WRITE, { folder, packages: [...packages], code: { numpy: NUMPY } });
}

/** All that an environment of `run` may be made of, in the versions that are asked for. */
function allPackages(): Map<string, string> {
  const engine = join(REPOSITORY, "templates/engines/monai");
  const lists = readdirSync(engine).filter((name) => /^requirements.*\.txt$/.test(name));
  const texts = lists.map((name) => readFileSync(join(engine, name), "utf8"));
  const own = ["highdicom==0.22.0", "pillow==9.5.0"];
  const versions = new Map<string, string>();
  for (const { text } of readLines([...texts, ...SERVER_REQUIREMENTS, ...own].join("\n"))) {
    const parsed = parseRequirement(text);
    if (typeof parsed === "string" || parsed.name === undefined) throw new Error(text);
    const pinned = parsed.clauses.find(({ operator }) => operator === "==")?.version;
    if (pinned !== undefined || !versions.has(parsed.name)) {
      versions.set(parsed.name, pinned ?? "1.0");
    }
  }
  return versions;
}

/** A folder of wheels behind HTTP, as package indexes are; it can be made to stall. */
export class Wheels {
  readonly folder: string;
  readonly #server: Server;
  readonly #stalled: ServerResponse[] = [];
  /** The beginning of the name of a file that is not sent. */
  stallsAt: string | undefined;
  /** Names of the files that were asked for. */
  readonly asked: string[] = [];

  constructor(python: string) {
    // pip parts its variables at spaces, which the folders of tests have.
    this.folder = mkdtempSync(join(tmpdir(), "wheels-"));
    for (const name of ["all", "cpu"]) mkdirSync(join(this.folder, name));
    const numpyElsewhere = [
      ["torch", "1.13.1+cpu"],
      ["numpy", "1.26.3"],
    ] as const;
    writeWheels(python, join(this.folder, "all"), allPackages());
    writeWheels(python, join(this.folder, "cpu"), numpyElsewhere);
    this.#server = createServer(({ url = "/", method }, response) => {
      if (method === "GET") this.#answer(decodeURIComponent(url).split("/").slice(1), response);
      else response.writeHead(405).end();
    });
  }

  /** `/all/torch/` lists the files of a package, `/all/torch-1.13.1….whl` is one. */
  #answer([index = "", name = ""]: readonly string[], response: ServerResponse): void {
    const names = readdirSync(join(this.folder, index));
    if (names.includes(name)) {
      this.asked.push(name);
      if (this.stallsAt && name.startsWith(this.stallsAt)) this.#stalled.push(response);
      else response.end(readFileSync(join(this.folder, index, name)));
      return;
    }
    const files = names.filter((file) => file.startsWith(`${name.replaceAll("-", "_")}-`));
    response.writeHead(files.length > 0 ? 200 : 404, { "content-type": "text/html" });
    response.end(
      files.map((file) => `<a href="/${index}/${encodeURIComponent(file)}">${file}</a>`).join("\n"),
    );
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  /** The address of an index: of all packages, or of PyTorch's own. */
  url(index: "all" | "cpu"): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${index}`;
  }

  /** Whether a stalled file was asked for. */
  get isStalled(): boolean {
    return this.#stalled.length > 0;
  }

  goOn(): void {
    this.stallsAt = undefined;
    for (const response of this.#stalled.splice(0)) response.destroy();
  }

  close(): void {
    this.goOn();
    this.#server.close();
    rmSync(this.folder, { recursive: true });
  }
}
