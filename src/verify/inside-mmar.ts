import { moved } from "../files/open.js";
import { insidePath } from "../files/paths.js";
import { JsonBudget } from "../files/read-json.js";
import { type Finding, finding } from "../findings/finding.js";
import type { Fact } from "../model/facts.js";
import type { ModelSpec } from "../model/spec.js";
import { RUNTIMES, runtimeOf } from "../runtimes/runtimes.js";
import { sourceOf } from "../sources/roots.js";
import { asList, asObject, asString, type JsonFile } from "../text/json.js";
import { MOST } from "../text/limits.js";
import { Trust } from "../weights/trust.js";
import { type BundleModel, engineName, type Workspace } from "./workspace-parts.js";

/**
 * Checks the MMAR that lies in a workspace, and config_mdai.json against it.
 *
 * @param prefix - path of the MMAR's folder in the archive, with a slash at its end
 */
export async function checkInside(
  { location, files }: Workspace,
  prefix: string,
  config: JsonFile | undefined,
  isOurs: boolean,
): Promise<{ model: BundleModel | undefined; findings: Finding[] }> {
  const inside = files.filter(({ path }) => path.startsWith(prefix)).map((f) => moved(f, prefix));
  const has = (path: string): boolean => inside.some((file) => file.path === path);
  const named = isOurs && config !== undefined ? checkNamed(config, has) : [];
  const own = inferenceConfigs(config).filter(has);
  const source = sourceOf(inside.map(({ path }) => path));
  const read = await source?.read(
    {
      location,
      isArchive: true,
      name: prefix.split("/").at(-2) ?? "",
      nameFrom: "the folder's name",
      files: inside,
      oddities: [],
      jsonBudget: new JsonBudget(
        MOST.jsonBytes + MOST.jsonMadeBytes,
        MOST.jsonNodes + MOST.jsonMadeNodes,
      ),
      findings: [],
      close: async () => undefined,
    },
    own.length > 0 ? own : undefined,
  );
  if (read?.model === undefined) {
    const none = finding("bundle-without-mmar", {}, { file: prefix });
    return { model: undefined, findings: [...named, none] };
  }
  const runtime = runtimeOf(engineName(config)) ?? RUNTIMES.clara;
  const { packages } = runtime;
  const { spec } = read.model.spec({});
  const trusted = asList(config?.value.trust).filter((name) => typeof name === "string");
  const trust = new Trust(trusted);
  const found = [
    ...(await read.model.checkInBundle(isOurs, { packages, trust }, read.findings)),
    ...(isOurs ? await runtime.accepts(read.model, spec) : []),
  ];
  return {
    model: {
      task: spec.task?.value,
      outClasses: spec.outClasses?.value,
      dataListKey: spec.dataListKey?.value,
      classes: [],
    },
    findings: [
      ...named,
      ...placed(found, prefix),
      ...(config !== undefined && trust.used.length > 0
        ? [finding("trust-in-bundle", { names: trust.used }, { file: config.path })]
        : []),
      ...(config === undefined ? [] : checkAgainst(config, spec)),
    ],
  };
}

/** The configs that config_mdai.json says inference runs. */
function inferenceConfigs(config: JsonFile | undefined): string[] {
  const { inference_config: one, configs } = asObject(config?.value.engine) ?? {};
  return [one, ...asList(configs)].filter((path) => typeof path === "string");
}

/** The files that config_mdai.json names. */
function checkNamed(config: JsonFile, has: (path: string) => boolean): Finding[] {
  const engine = asObject(config.value.engine) ?? {};
  return (runtimeOf(engineName(config))?.namedFiles ?? []).flatMap(([key, what]) => {
    const path = asString(engine[key]);
    if (path === undefined || has(insidePath(path) ?? "")) return [];
    const args = { key: `engine.${key}`, path, what };
    return [finding("config-mdai-path", args, config.place(["engine", key]))];
  });
}

/** The findings with their places in the archive. */
const placed = (findings: readonly Finding[], prefix: string): Finding[] =>
  findings.map((found) =>
    found.place === undefined
      ? { ...found, place: { file: prefix } }
      : { ...found, place: { ...found.place, file: `${prefix}${found.place.file}` } },
  );

/** Compares what config_mdai.json says with what the MMAR says of itself. */
function checkAgainst(config: JsonFile, { task, outClasses, dataListKey }: ModelSpec): Finding[] {
  const compared: readonly (readonly [key: string, fact: Fact<string | number> | undefined])[] = [
    ["type", task],
    ["out_classes", outClasses],
    ["data_list_key", dataListKey],
  ];
  return compared.flatMap(([key, fact]) => {
    const value = config.value[key];
    if (fact === undefined || (typeof value !== "string" && typeof value !== "number")) return [];
    if (String(value).toLowerCase() === String(fact.value).toLowerCase()) return [];
    const args = { key, value: String(value), other: String(fact.value), from: fact.from };
    return [finding("config-mdai-disagrees", args, config.place([key]))];
  });
}
