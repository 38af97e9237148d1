import { type Finding, finding } from "../../findings/finding.js";
import type { Config } from "../../sources/mmar/config.js";
import { builtParts, textsIn } from "./sections.js";

/** Only NVIDIA's image has /workspace: elsewhere the model lies beside the deploy code. */
export const checkWorkspacePaths = (config: Config): Finding[] =>
  builtParts(config).flatMap((part) =>
    [...textsIn(part)].flatMap(({ at, text }) => {
      const path = /(?<![\w.~-])\/workspace\b[^\s'",;)\]]*/.exec(text)?.[0];
      return path === undefined ? [] : [finding("workspace-path", { path }, config.place(at))];
    }),
  );
