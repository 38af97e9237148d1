import type { FindingCode } from "../../src/findings/table.js";

/** Codes that only verify gives; test/bundle/verify.test.ts has a case for each. */
export type VerifyCode =
  | Extract<
      FindingCode,
      | `bundle-${string}`
      | `config-mdai-${string}`
      | `config-yaml-${string}`
      | `deploy-${string}`
      | `mdai-folder-${string}`
    >
  | "dockerfile-without-from"
  | "module-shadows"
  | "requirement-file-missing"
  | "requirement-replaces-server"
  | "requirement-unparseable"
  | "workspace-unused";
