import { type Finding, finding } from "../findings/finding.js";
import type { ModelSpec } from "../model/spec.js";
import type { RuntimeName } from "../options/words.js";

/** What runs a model on MD.ai. */
interface ChosenRuntime {
  readonly name: RuntimeName;
  /** Why it is another than usual, where nobody named it; undefined otherwise. */
  readonly why: string | undefined;
}

/** What runs a model where neither the user nor the model says anything. */
export const USUAL_RUNTIME = "clara" satisfies RuntimeName;

/**
 * Chooses what runs a model: what the user names, else what can.
 *
 * @param named - undefined where the user names none
 * @param source - the kind of thing that the model came in; undefined where there is no model
 */
export function chooseRuntime(
  named: RuntimeName | undefined,
  { task, clicks }: Pick<ModelSpec, "task" | "clicks">,
  source: string | undefined,
): ChosenRuntime {
  if (named !== undefined) return { name: named, why: undefined };
  if (source === "monai-bundle") {
    return { name: "monai", why: "chosen since a MONAI bundle runs on MONAI" };
  }
  if (clicks !== undefined || task?.value === "annotation") {
    const why = "chosen since the model takes clicks, which Clara's own program can't be given";
    return { name: "monai", why };
  }
  return { name: USUAL_RUNTIME, why: undefined };
}

/** Refuses a runtime that the user names and that can't run models of a kind at all. */
export function checkNamedRuntime(named: RuntimeName | undefined, source: string): Finding[] {
  if (source !== "monai-bundle" || named !== "clara") return [];
  const why = "Clara Train runs MMARs, and this is a MONAI bundle, which MONAI itself runs";
  return [finding("runtime-refused", { runtime: named, why })];
}
