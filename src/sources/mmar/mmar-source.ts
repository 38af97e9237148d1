import { insidePath } from "../../files/paths.js";
import type { Finding } from "../../findings/finding.js";
import type { ModelSpec, Overrides } from "../../model/spec.js";
import { asString } from "../../text/json.js";
import { type Selection, selection } from "../selection.js";
import type { CheckUse, SelectionWishes, Source, SourceModel } from "../source.js";
import { inCatalogue } from "./catalogue.js";
import { checkMmar } from "./check.js";
import { loadedWeights } from "./check-config.js";
import { checkPackedMmar } from "./check-in-bundle.js";
import { namedWeights, weightsPaths } from "./check-weights.js";
import { customModules } from "./custom.js";
import { deriveModel } from "./derive/model.js";
import { ENVIRONMENT, INFERENCE_CONFIG, type Mmar, readMmar, SET_ENV } from "./mmar.js";

/** The configs by which an MMAR is known. */
const CONFIG = /^config\/(environment|config_\w+)\.json$/;

/** Medical Model ARchives of NVIDIA's Clara Train. */
export const mmarSource: Source = {
  name: "mmar",
  title: "MMAR",
  mark: "the folder that holds config/, models/ and commands/",
  looksLike(paths) {
    // An MMAR without its configs still has commands and models.
    const marks = new Set<string>();
    for (const path of paths) {
      if (CONFIG.test(path)) return true;
      if (/^(commands|models)\//.test(path)) marks.add(path.slice(0, path.indexOf("/")));
    }
    return marks.size === 2;
  },
  async read(opened, configs) {
    const { mmar, findings } = await readMmar(opened, configs?.[0]);
    return { model: new MmarModel(mmar), findings };
  },
};

const GENERATIONS = {
  tensorflow: "Clara Train 3 (TensorFlow)",
  "4.0": "Clara Train 4.0 (PyTorch)",
  "4.1": "Clara Train 4.1 (PyTorch)",
  unknown: "Clara Train, version unknown",
} as const;

/** An MMAR that was read. */
export class MmarModel implements SourceModel {
  readonly source = "mmar";

  constructor(readonly mmar: Mmar) {}

  get name(): string {
    return this.mmar.name;
  }
  get nameFrom(): string {
    return this.mmar.nameFrom;
  }
  get location(): string {
    return this.mmar.location;
  }
  get files(): Mmar["files"] {
    return this.mmar.files;
  }
  get oddities(): Mmar["oddities"] {
    return this.mmar.oddities;
  }

  get generation(): SourceModel["generation"] {
    const { generation, evidence } = this.mmar.generation;
    return { generation, title: GENERATIONS[generation], evidence };
  }

  get statedVersion(): string | undefined {
    return asString(this.mmar.environment?.value.CLARA_TRAIN_VERSION);
  }

  get catalogue(): string | undefined {
    return inCatalogue(this.name)?.name;
  }

  /** The script that sets the environment of inference, if there is one. */
  get setEnv(): string | undefined {
    return this.files.has(SET_ENV) ? SET_ENV : undefined;
  }

  spec(overrides: Overrides): { spec: ModelSpec; findings: readonly Finding[] } {
    return deriveModel(this.mmar, overrides);
  }

  check(use: CheckUse): Promise<Finding[]> {
    return checkMmar(this.mmar, use);
  }

  checkInBundle(
    isOurs: boolean,
    { packages }: Pick<CheckUse, "packages">,
    read: readonly Finding[],
  ): Promise<Finding[]> {
    return checkPackedMmar(this.mmar, isOurs, packages, read);
  }

  select({ include, exclude, checkpoint, target }: SelectionWishes): Selection {
    const { environment, inference, files } = this.mmar;
    const weights = weightsPaths(environment);
    const named = new Set(this.needed().keys());
    if (weights.checkpoint !== undefined) named.add(weights.checkpoint);
    // Weights whose path stands in the inference config are kept.
    const text = inference?.file.text ?? "";
    for (const path of files.keys()) if (text.includes(`"${path}"`)) named.add(path);
    const evaluated = asString(environment?.value.MMAR_EVAL_OUTPUT_PATH);
    const inside = evaluated === undefined ? undefined : insidePath(evaluated);
    return selection({
      include,
      exclude,
      omitCheckpoint: checkpoint ? undefined : weights.checkpoint,
      target,
      evalFolders: ["eval", ...(inside === undefined ? [] : [inside])],
      named,
    });
  }

  weights(): ReadonlySet<string> {
    const { torchscript, checkpoint } = weightsPaths(this.mmar.environment);
    const named = [torchscript, checkpoint].filter((path) => path !== undefined);
    return new Set([...named, ...namedWeights(this.mmar)]);
  }

  needed(): ReadonlyMap<string, string> {
    const { environment, inference, files } = this.mmar;
    const needed = new Map([
      [ENVIRONMENT, "inference reads it"],
      [INFERENCE_CONFIG, "inference reads it"],
      [SET_ENV, "it sets the environment of inference"],
    ]);
    const { torchscript, checkpoint } = weightsPaths(environment);
    const loads = loadedWeights(inference);
    if (loads.torchscript && torchscript !== undefined) {
      needed.set(torchscript, "it is the TorchScript that MMAR_TORCHSCRIPT names");
    }
    if (loads.checkpoint && checkpoint !== undefined) {
      needed.set(checkpoint, "it is the checkpoint that MMAR_CKPT names");
    }
    const modules = inference && customModules(inference, (path) => files.has(path));
    for (const path of modules ?? []) {
      needed.set(path, "the inference config uses a component in it");
    }
    return needed;
  }
}
