import type { Finding } from "../../findings/finding.js";
import { rowOf } from "../../findings/table.js";
import type { ModelSpec, Overrides } from "../../model/spec.js";
import { asString } from "../../text/json.js";
import { type Selection, selection } from "../selection.js";
import type { CheckUse, SelectionWishes, Source, SourceModel } from "../source.js";
import { METADATA, type MonaiBundle, readBundle } from "./bundle.js";
import { checkBundle, namedFiles } from "./check.js";
import { type Derived, deriveModel } from "./derive/model.js";

/** Any config beside metadata.json, and what a bundle has besides configs. */
const BESIDES = /^(configs\/(?!metadata\.)[^/]+\.(json|ya?ml)|models\/.*|docs\/.*|scripts\/.*)$/;

/** MONAI's bundles, the form in which MONAI's Model Zoo and NVIDIA publish models. */
export const monaiBundleSource: Source = {
  name: "monai-bundle",
  title: "MONAI bundle",
  mark: "the folder that holds configs/ with metadata.json, and models/",
  looksLike(paths) {
    const all = [...paths];
    return all.includes(METADATA) && all.some((path) => BESIDES.test(path));
  },
  async read(opened, configs) {
    const { bundle, findings } = await readBundle(opened, configs);
    return { model: new MonaiBundleModel(bundle), findings };
  },
};

/** A MONAI bundle that was read. */
export class MonaiBundleModel implements SourceModel {
  readonly source = "monai-bundle";
  readonly catalogue = undefined;
  readonly statedVersion = undefined;

  constructor(readonly bundle: MonaiBundle) {}

  get name(): string {
    return this.bundle.name;
  }
  get nameFrom(): string {
    return this.bundle.nameFrom;
  }
  get location(): string {
    return this.bundle.location;
  }
  get files(): MonaiBundle["files"] {
    return this.bundle.files;
  }
  get oddities(): MonaiBundle["oddities"] {
    return this.bundle.oddities;
  }

  get generation(): SourceModel["generation"] {
    const { metadata, files } = this.bundle;
    const text = (key: string): string | undefined => asString(metadata?.value[key]);
    const made = [
      ["MONAI", text("monai_version")],
      ["PyTorch", text("pytorch_version")],
    ].flatMap(([what, version]) => (version === undefined ? [] : [`${what} ${version}`]));
    const licence =
      text("license") ?? ["LICENSE", "docs/license.txt"].find((path) => files.has(path));
    const evidence = [
      ...(text("version") === undefined ? [] : [`version ${text("version")} by ${METADATA}`]),
      ...(licence === undefined ? [] : [`licence: ${licence}`]),
    ];
    const title =
      made.length === 0 ? "MONAI bundle" : `MONAI bundle, made with ${made.join(" and ")}`;
    return { generation: "monai-bundle", title, evidence };
  }

  /** What the model is, and how its config has to differ. */
  derive(overrides: Overrides): Derived {
    return deriveModel(this.bundle, overrides);
  }

  spec(overrides: Overrides): { spec: ModelSpec; findings: readonly Finding[] } {
    return this.derive(overrides);
  }

  async check(use: CheckUse): Promise<Finding[]> {
    return checkBundle(this.bundle, use);
  }

  async checkInBundle(
    isOurs: boolean,
    { packages, trust }: Pick<CheckUse, "packages" | "trust">,
    read: readonly Finding[],
  ): Promise<Finding[]> {
    const use = { checkpoint: true, selection: () => undefined, packages, trust };
    const found = [...read, ...checkBundle(this.bundle, use)];
    return found.filter(({ code }) =>
      isOurs ? !rowOf(code).saidByPack : rowOf(code).stopsAnyDeployCode,
    );
  }

  select({ include, exclude, checkpoint, target }: SelectionWishes): Selection {
    const { weights } = this.bundle;
    const omitted = !checkpoint && weights?.form === "state_dict" ? weights.path : undefined;
    return selection({
      include,
      exclude,
      omitCheckpoint: omitted,
      target,
      evalFolders: ["eval"],
      named: new Set(this.needed().keys()),
      unnamed: "weights that inference does not load",
    });
  }

  weights(): ReadonlySet<string> {
    const { weights } = this.bundle;
    const named = [...namedFiles(this.bundle).keys()].filter((path) =>
      /\.(pt|pth|ts|ckpt)$/.test(path),
    );
    return new Set([...(weights === undefined ? [] : [weights.path]), ...named]);
  }

  needed(): ReadonlyMap<string, string> {
    const { config, weights } = this.bundle;
    const needed = new Map([[METADATA, "inference reads it"]]);
    for (const { path } of config?.files ?? []) needed.set(path, "inference reads it");
    for (const [path, id] of namedFiles(this.bundle)) {
      needed.set(path, `${id} in the inference config names it`);
    }
    if (weights !== undefined) needed.set(weights.path, `inference loads it (${weights.from})`);
    return needed;
  }
}
