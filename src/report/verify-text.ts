import { type Finding, hasErrors } from "../findings/finding.js";
import { rowOf } from "../findings/table.js";
import type { ImageFacts } from "../mdai/read-config-yaml.js";
import { escapeControls, formatBytes } from "../text/format.js";
import type { Verification } from "../verify/verify.js";
import type { BundleModel } from "../verify/workspace-parts.js";
import type { Paint } from "./paint.js";
import { countText } from "./text.js";

/** What is known of a bundle; nothing where it could not be read. */
export function verificationText(verification: Verification, paint: Paint): string {
  const { location, size, sha256, files, contentSize, format, root, image, mmar, model } =
    verification;
  if (size === undefined) return "";
  const unpacked = files === 0 ? "" : `, ${files} files, ${formatBytes(contentSize)} unpacked`;
  const rows: (readonly [string, string])[] = [
    ["archive", `${format ?? "unknown"}, ${sizeText(size)}${unpacked}`],
    ["SHA-256", sha256 ?? ""],
  ];
  if (root !== undefined) {
    rows.push(["folder", root === "" ? "the archive's top" : `${root}/`]);
    const runtime = verification.runtime === undefined ? "" : `, runtime ${verification.runtime}`;
    rows.push(["made by", verification.isOurs ? `mmar2mdai${runtime}` : "others"]);
  }
  if (image !== undefined) rows.push(["image", imageText(image)]);
  const kind = verification.engine === "monai-bundle" ? "MONAI bundle" : "MMAR";
  if (mmar !== undefined) rows.push([kind, `${mmar}/`]);
  if (model !== undefined) rows.push(...modelRows(model));
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, value]) => `  ${name.padEnd(width)}  ${escapeControls(value)}`);
  return [paint("bold", escapeControls(location)), ...lines].join("\n");
}

const sizeText = (size: number): string =>
  size < 1000 ? formatBytes(size) : `${formatBytes(size)} (${size} bytes)`;

function imageText({ baseImage, device, cudaVersion, claraVersion, python }: ImageFacts): string {
  const parts = [
    baseImage,
    ...(claraVersion === undefined ? [] : [`Clara Train ${claraVersion}`]),
    ...(python === undefined ? [] : [`Python ${python}`]),
    cudaVersion === undefined ? device : `${device} with CUDA ${cudaVersion}`,
  ];
  return parts.join(", ");
}

function modelRows({ task, outClasses, dataListKey, classes }: BundleModel): [string, string][] {
  const parts = [
    ...(task === undefined ? [] : [task]),
    ...(outClasses === undefined ? [] : [`out_classes ${outClasses}`]),
    ...(dataListKey === undefined ? [] : [`data_list_key ${dataListKey}`]),
  ];
  return [
    ...(parts.length === 0 ? [] : ([["model", parts.join(", ")]] as [string, string][])),
    ...classes.map(({ classIndex, name }): [string, string] => [`class_index ${classIndex}`, name]),
  ];
}

/** What the verdict on a bundle without a fault says, and no more: nothing of it was run. */
export const NOTHING_FOUND = "Nothing was found that stops the build or the start";

/** What was not checked of a bundle, in a few words each. */
export const uncheckedParts = (findings: readonly Finding[]): string[] => [
  ...new Set(findings.flatMap(({ code }) => rowOf(code).unchecked ?? [])),
];

/** The last lines: whether something stops the bundle, what speaks against it, what was not checked. */
export function verdictText({ ok, findings }: Verification, paint: Paint): string {
  const counted = countText(findings);
  if (ok) {
    const but = counted === "" ? "" : `, but ${counted}`;
    const unchecked = uncheckedParts(findings);
    const left = unchecked.length === 0 ? "" : `\nNot checked: ${unchecked.join("; ")}.`;
    return `${paint(["bold", "green"], NOTHING_FOUND)}${but}; nothing was run.${left}`;
  }
  const strict = hasErrors(findings) ? "" : " (--strict)";
  return `${paint(["bold", "red"], "Not fit for MD.ai")}: ${counted}${strict}.`;
}
