import { z } from "zod";
import { UsageError } from "../errors.js";
import { ROOT_FOLDER } from "../mdai/layout.js";
import { parseChannel } from "../model/parse-channel.js";
import { MOST_CHANNELS, type Threshold } from "../model/spec.js";
import { globProblem, globsProblem } from "../text/glob.js";
import { TRUSTED_NAME } from "../weights/trust.js";
import { innerPath, nearest, type OptionIssue, optionIssues, wording } from "./issues.js";
import {
  ARCHIVE_FORMATS,
  type ArchiveFormat,
  COMPRESSIONS,
  DEVICES,
  IMAGE_FORMS,
  LUNG_MASKS,
  MODALITIES,
  REPORT_KINDS,
  type ReportKind,
  RUNTIME_NAMES,
  SCOPES,
  SCORES,
  type Scope,
  WINDOWS,
} from "./words.js";

/** Most jobs: each keeps files open and holds buffers, so that more must be a mistake. */
const MOST_JOBS = 64;

/** Seconds: a day, and what inference takes if nothing is said. */
const LONGEST_INFERENCE = 86_400;
const DEFAULT_INFERENCE = 3600;
const MOST_SHARDS = 100_000;

const text = z.string().trim().min(1, "must not be empty");
/** Globs that can be matched, and that do not take long. */
const globs = z
  .array(text)
  .readonly()
  .superRefine((all, context) => {
    const problem = globsProblem(all);
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
    all.forEach((glob, index) => {
      const inOne = globProblem(glob);
      if (inOne === undefined) return;
      const shown = glob.length > 60 ? `${glob.slice(0, 59)}…` : glob;
      context.addIssue({ code: "custom", path: [index], message: `"${shown}" ${inOne}` });
    });
  });
const line = text.regex(/^[^\r\n]*$/, "must be one line");

const trusted = text.regex(
  TRUSTED_NAME,
  "must be a full name, as in monai.networks.nets.unet.UNet",
);

/** `liver, tumour` or a list. */
const names = z
  .union([z.string().transform((all) => all.split(",")), z.array(z.string()).readonly()])
  .pipe(z.array(text).min(1))
  .refine((all) => new Set(all).size === all.length, "must not name a class twice");

/** `CR,DX` or a list; `any` comes to an empty one. */
const modalities = z
  .union([z.string().transform((all) => [all]), z.array(z.string()).readonly()])
  .transform((given, context): readonly string[] => {
    const all = given.flatMap((part) => part.split(",")).map((part) => part.trim().toUpperCase());
    if (all.length === 1 && all[0] === "ANY") return [];
    const strange = all.filter((name) => !(MODALITIES as readonly string[]).includes(name));
    if (all.length > 0 && strange.length === 0) return [...new Set(all)];
    const known = MODALITIES.join(", ");
    const message =
      strange.includes("ANY") || all.length === 0
        ? "must be either any or modalities"
        : `"${strange[0]}" must be a modality of DICOM (${known}), or any`;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });

/** A whole number that may come as text, from a command line. */
const wholeNumber = z
  .union([z.number(), z.string().trim().regex(/^\d+$/, "must be a whole number").transform(Number)])
  .pipe(z.number().int("must be a whole number").min(1, "must be 1 or more"));

const environment = z.record(
  z
    .string()
    .regex(/^[A-Za-z_]\w*$/, "must be a name of letters, digits and _")
    .refine((name) => name !== "MDAI_PATH", "is set by MD.ai itself"),
  z.string().regex(/^[^\r\n\0]*$/, "must be one line: a line break would break MD.ai's Dockerfile"),
);

/** A rule as the user writes it, read into the channel that it is for. */
const channel = z.string().transform((rule, context) => {
  const parsed = parseChannel(rule);
  if (typeof parsed !== "string") return parsed;
  context.addIssue({ code: "custom", message: `"${rule}" ${parsed}` });
  return z.NEVER;
});

/** `0.4`, or `Nodule=0.3` for one class. */
const threshold = z.union([z.number(), z.string()]).transform((given, context): Threshold => {
  const [, name, number] = /^(?:(.*)=)?\s*([\d.]+)\s*$/.exec(String(given)) ?? [];
  const value = Number(number);
  if (value >= 0 && value <= 1 && name?.trim() !== "") return { name: name?.trim(), value };
  const message = `"${given}" must be a number from 0 to 1, as in 0.3 or NAME=0.3`;
  context.addIssue({ code: "custom", message });
  return z.NEVER;
});

const thresholds = z.union([threshold.transform((one) => [one]), z.array(threshold).readonly()]);

const derivationShape = {
  task: text.optional(),
  outClasses: wholeNumber
    .pipe(z.number().max(MOST_CHANNELS, `must be ${MOST_CHANNELS} or less`))
    .optional(),
  classNames: names.optional(),
  dataListKey: text.optional(),
  rootFolder: text
    .regex(ROOT_FOLDER, "must be one folder name of letters, digits, _, . and -, up to 200 of them")
    .optional(),
  channel: z.array(channel).readonly().default([]),
  modality: modalities.optional(),
  threshold: thresholds.default([]),
  negativeClass: text.optional(),
  scores: z.enum(SCORES).optional(),
  imageForm: z.enum(IMAGE_FORMS).optional(),
  window: z.enum(WINDOWS).optional(),
  lungMask: z.enum(LUNG_MASKS).optional(),
  runtime: z.enum(RUNTIME_NAMES).default("clara"),
  device: z.enum(DEVICES).default("gpu"),
  swBatchSize: wholeNumber.default(1),
  inferenceTimeout: wholeNumber
    .pipe(z.number().max(LONGEST_INFERENCE, `must be ${LONGEST_INFERENCE} or less`))
    .default(DEFAULT_INFERENCE),
  include: globs.default([]),
  exclude: globs.default([]),
  checkpoint: z.boolean().default(true),
  trust: z.array(trusted).readonly().default([]),
  requirement: z.array(line).readonly().default([]),
  requirements: text.optional(),
  env: environment.default({}),
};

export const inspectSchema = z.strictObject(derivationShape);

export const packSchema = z.strictObject({
  ...derivationShape,
  out: text.optional(),
  format: z.enum(ARCHIVE_FORMATS).optional(),
  compress: z.enum(COMPRESSIONS).default("auto"),
  dryRun: z.boolean().default(false),
  force: z.boolean().default(false),
  strict: z.boolean().default(false),
  manifest: z.boolean().default(false),
});

const shard = z
  .string()
  .regex(/^\d+\/\d+$/, "must be a part of a whole, as in 2/8")
  .transform((given, context): Shard => {
    const [index = 0, count = 0] = given.split("/").map(Number);
    if (index >= 1 && index <= count && count <= MOST_SHARDS) return { index, count };
    const message = `must be from 1/${count || 1} to ${count || 1}/${count || 1}`;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });

/** What only a batch has. */
export const batchSchema = z.strictObject({
  out: text,
  jobs: wholeNumber.pipe(z.number().max(MOST_JOBS, `must be ${MOST_JOBS} or less`)).optional(),
  shard: shard.optional(),
  cache: z.boolean().default(true),
  config: text.optional(),
});

export const verifySchema = z.strictObject({
  strict: z.boolean().default(false),
  manifest: text.optional(),
});

/** `series`, as a user writes it. */
const scope = z.string().transform((given, context): Scope => {
  const found = SCOPES.find((known) => known === given.trim().toUpperCase());
  if (found !== undefined) return found;
  const known = SCOPES.map((each) => each.toLowerCase()).join(", ");
  context.addIssue({ code: "custom", message: `must be one of ${known}` });
  return z.NEVER;
});

/** Arguments of a request: numbers, lists and the like as JSON has them, all else as text. */
const args = z.record(text, z.string()).transform((given) =>
  Object.fromEntries(
    Object.entries(given).map(([name, value]): [string, unknown] => {
      try {
        return [name, JSON.parse(value)];
      } catch {
        return [name, value];
      }
    }),
  ),
);

export const runSchema = z.strictObject({
  ...derivationShape,
  device: z.enum(DEVICES).default("cpu"),
  out: text.optional(),
  force: z.boolean().default(false),
  scope: scope.optional(),
  series: z.array(text).readonly().default([]),
  annotations: text.optional(),
  args: args.default({}),
  label: text.optional(),
  python: text.optional(),
  yes: z.boolean().default(false),
  timeout: wholeNumber.optional(),
});

/** A report that was asked for. */
export interface ReportTarget {
  readonly kind: ReportKind;
  readonly file: string;
}

/** `sarif=findings.sarif` */
export const report = z.string().transform((given, context): ReportTarget => {
  const at = given.indexOf("=");
  const file = given.slice(at + 1);
  const kind = REPORT_KINDS.find((known) => known === given.slice(0, at));
  if (kind !== undefined && file !== "" && file !== "-") return { kind, file };
  const wanted = `must be KIND=FILE, and the kind one of ${REPORT_KINDS.join(", ")}`;
  const message =
    file === "-"
      ? "must name a file: stdout is for the result"
      : kind
        ? "must name a file"
        : wanted;
  context.addIssue({ code: "custom", message: `"${given}" ${message}` });
  return z.NEVER;
});

const reportSchema = z.strictObject({
  report: z.array(report).readonly().default([]),
  annotations: z.boolean().default(true),
});

/** Options of all commands that reports go by. */
export type ReportOptions = z.input<typeof reportSchema>;

/** @throws {@link UsageError} that names the option and what is wrong with it */
export const parseReportOptions = (options: ReportOptions): z.output<typeof reportSchema> =>
  parse(reportSchema, options);

/** {@link InspectOptions}, checked and complete. */
export type DerivationOptions = z.output<typeof inspectSchema>;
/** {@link PackOptions}, checked and complete. */
export type CompletePackOptions = z.output<typeof packSchema>;
/** {@link VerifyOptions}, checked and complete. */
export type CompleteVerifyOptions = z.output<typeof verifySchema>;

/** {@link BatchOptions}, checked. */
export interface CompleteBatchOptions extends z.output<typeof batchSchema> {
  readonly format: ArchiveFormat;
  readonly dryRun: boolean;
  readonly force: boolean;
  /** Options of pack as they were given, without defaults: each model may have options of its own. */
  readonly given: Readonly<Record<string, unknown>>;
}

/** @throws {@link UsageError} that names the option and what is wrong with it */
export const parseInspectOptions = (options: unknown): DerivationOptions =>
  parse(inspectSchema, options);

/** @throws {@link UsageError} that names the option and what is wrong with it */
export const parsePackOptions = (options: unknown): CompletePackOptions =>
  parse(packSchema, options);

/** @throws {@link UsageError} that names the option and what is wrong with it */
export function parseBatchOptions(
  options: Readonly<Record<string, unknown>>,
): CompleteBatchOptions {
  const { out, jobs, shard, cache, config, ...given } = options;
  const own = parse(batchSchema, { out, jobs, shard, cache, config });
  const { format = "zip", dryRun, force } = parse(packSchema, given, batchOptionNames);
  return { ...own, format, dryRun, force, given };
}

/** {@link RunOptions}, checked and complete. */
export type CompleteRunOptions = z.output<typeof runSchema>;

/** @throws {@link UsageError} that names the option and what is wrong with it */
export const parseRunOptions = (options: unknown): CompleteRunOptions => parse(runSchema, options);

/** @throws {@link UsageError} that names the option and what is wrong with it */
export const parseVerifyOptions = (options: unknown): CompleteVerifyOptions =>
  parse(verifySchema, options);

/** What is wrong with options of pack that a file holds; empty where nothing is. */
export function packOptionIssues(options: unknown): OptionIssue[] {
  const result = packSchema.safeParse(options, { error: wording });
  return result.success ? [] : optionIssues(result.error.issues);
}

/** The names of inspect's options. */
export const inspectOptionNames: readonly string[] = Object.keys(inspectSchema.shape);

/** The names of pack's options, for the config file. */
export const packOptionNames: readonly string[] = Object.keys(packSchema.shape);

const batchOptionNames = [...packOptionNames, ...Object.keys(batchSchema.shape)];

/** @param names - the options that there are, of which an unknown one may be a misspelling */
function parse<T extends z.ZodObject>(
  schema: T,
  options: unknown,
  names: readonly string[] = Object.keys(schema.shape),
): z.output<T> {
  const result = schema.safeParse(options, { error: wording });
  if (result.success) return result.data;
  const issues = optionIssues(result.error.issues);
  throw new UsageError(issues.map((issue) => optionIssueText(issue, names)).join("\n"));
}

/** An issue in the library's language; see names.ts. */
function optionIssueText(
  { path, problem, unknown }: OptionIssue,
  names: readonly string[],
): string {
  if (unknown !== undefined) return unknown.map((key) => unknownOptionText(key, names)).join("\n");
  const [name, ...inner] = path;
  if (name === undefined) return `The options: ${problem}.`;
  return `\`${String(name)}\`${innerPath(inner)}: ${problem}.`;
}

function unknownOptionText(key: string, names: readonly string[]): string {
  const meant = nearest(key, names);
  return `${key}: unknown option.${meant === undefined ? "" : ` Did you mean \`${meant}\`?`}`;
}
/** One of several parts that a batch is divided into. */
export interface Shard {
  /** From 1. */
  readonly index: number;
  readonly count: number;
}
