import { readFileSync } from "node:fs";
import { join } from "node:path";
import { dump } from "js-yaml";
import type { Json } from "../../src/text/json.js";
import { type Keys, mmarMaker, REPOSITORY, type TestMmar } from "./mmars.js";

export const INFERENCE = "configs/inference.json";
export const METADATA = "configs/metadata.json";

/** Makes copies of the small MONAI bundle in fixtures/. */
export function bundleMaker(): (name?: string) => TestMmar {
  const make = mmarMaker();
  return (name) => make("monai_spleen_ct", name);
}

/** Sets a value in a copy's inference config; undefined takes it out. */
export const config = (bundle: TestMmar, keys: Keys, value: Json | undefined): TestMmar =>
  bundle.set(INFERENCE, keys, value);

/** Sets a value in a copy's metadata.json. */
export const metadata = (bundle: TestMmar, keys: Keys, value: Json | undefined): TestMmar =>
  bundle.set(METADATA, keys, value);

/** Places in the config of the fixture. */
export const PRE = ["preprocessing", "transforms"] as const;
export const POST = ["postprocessing", "transforms"] as const;
export const OUTPUT = ["network_data_format", "outputs", "pred"] as const;
export const IMAGE = ["network_data_format", "inputs", "image"] as const;

/** A transform of a MONAI bundle. */
export const step = (target: string, args: Readonly<Record<string, Json>> = {}): Json => ({
  _target_: target,
  keys: "pred",
  ...args,
});

/** Writes the inference config of a copy in YAML instead. */
export function inYaml(bundle: TestMmar, path = "configs/inference.yaml"): TestMmar {
  const value: unknown = JSON.parse(bundle.read(INFERENCE));
  bundle.remove(INFERENCE);
  return bundle.write(path, dump(value));
}

/** A file of the fixture. */
export const fixtureFile = (path: string): Buffer =>
  readFileSync(join(REPOSITORY, "fixtures/monai_spleen_ct", path));
