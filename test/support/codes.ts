import type { FindingCode } from "../../src/findings/table.js";

/** Codes that only verify gives; test/verify/verify.test.ts has a case for each. */
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

/** Codes of a bundle that is not as its manifest has it; test/pack/manifest.test.ts has them. */
export type ManifestCode = Extract<FindingCode, `manifest-${string}`>;
