import type { ErrorObject } from "ajv";
import { insidePath } from "../../files/paths.js";
import { type Finding, finding } from "../../findings/finding.js";
import { violations } from "../../schemas.js";
import { asString, type JsonFile } from "../../text/json.js";
import { loadedWeights } from "./check-config.js";
import { ENVIRONMENT, type Mmar } from "./mmar.js";

/** Examples for the keys that environment.json has to have. */
const EXAMPLES: Readonly<Record<string, string>> = {
  MMAR_CKPT: '"MMAR_CKPT": "models/model.pt"',
  MMAR_TORCHSCRIPT: '"MMAR_TORCHSCRIPT": "models/model.ts"',
};

function environmentFinding(environment: JsonFile, error: ErrorObject): Finding {
  const key = error.instancePath.slice(1);
  const value = JSON.stringify(environment.value[key]);
  const problem = `is ${value}; it ${error.message ?? "is of the wrong type"}`;
  return finding("environment-key-type", { key, problem }, environment.place([key]));
}

/** Keys whose files have to be in the bundle, and keys that the deploy code sets for itself. */
const BUNDLED_PATHS = ["MMAR_CKPT", "MMAR_TORCHSCRIPT", "MMAR_CKPT_DIR"];

const REPLACED_PATHS = ["DATASET_JSON", "MMAR_EVAL_OUTPUT_PATH"];

function checkPaths(environment: JsonFile): Finding[] {
  return [...BUNDLED_PATHS, ...REPLACED_PATHS].flatMap((key) => {
    const path = asString(environment.value[key]);
    if (path === undefined || insidePath(path) !== undefined) return [];
    if (REPLACED_PATHS.includes(key)) {
      return [finding("path-outside-ignored", { key, path }, environment.place([key]))];
    }
    const how = /^(\/|[A-Za-z]:)/.test(path)
      ? "an absolute path"
      : path.includes("\\")
        ? "with a backslash, which is not a path separator in the image"
        : "a path out of it";
    return [finding("path-leaves-mmar", { key, path, how }, environment.place([key]))];
  });
}

/** The keys of the weights that inference loads have to be there. */
function checkWeightsKeys({ inference }: Mmar, environment: JsonFile): Finding[] {
  const { torchscript, checkpoint } = loadedWeights(inference);
  const needed = [
    ...(checkpoint ? ["MMAR_CKPT"] : []),
    ...(torchscript ? ["MMAR_TORCHSCRIPT"] : []),
  ];
  return needed
    .filter((key) => environment.value[key] === undefined)
    .map((key) => {
      const args = { key, example: EXAMPLES[key] ?? key };
      return finding("environment-key-missing", args, { file: environment.path, key });
    });
}

export function checkEnvironment(mmar: Mmar): Finding[] {
  const { environment } = mmar;
  if (environment === undefined) {
    // A file that is there and broken has its finding already.
    const isThere =
      mmar.files.has(ENVIRONMENT) || mmar.oddities.some((o) => o.path === ENVIRONMENT);
    return isThere ? [] : [finding("environment-missing", {}, { file: ENVIRONMENT })];
  }
  const wrong = violations("environment", environment.value).map((error) =>
    environmentFinding(environment, error),
  );
  return [...checkWeightsKeys(mmar, environment), ...wrong, ...checkPaths(environment)];
}
