// No import here: `--help` has to stay fast.

/** Headings under which a command's help lists its options. */
export const GROUPS = {
  output: "Output:",
  model: "Model:",
  classification: "Classification:",
  annotation: "Annotation:",
  bundle: "Bundle:",
  requirements: "Requirements:",
  batch: "Batch:",
  request: "Request:",
  python: "Python:",
  reports: "Reports:",
} as const;

/** An option as the command line has it. */
export interface OptionEntry {
  /** As commander takes them: `-o, --out <path>`. */
  readonly flags: string;
  /** Without one it stands beside `--help`. */
  readonly group?: keyof typeof GROUPS;
  /** What it does, without a full stop. */
  readonly text: string;
  readonly choices?: readonly string[];
  /** What holds where it is not given, in words. */
  readonly default?: string;
  /** Whether it may stand several times; `mapping` means each KEY=VALUE. */
  readonly repeatable?: true | "mapping";
  /** Whether the command line refuses to go without it. */
  readonly mandatory?: true;
}
