import { z } from "zod";
import { UsageError } from "../errors.js";
import { derivationShape, text, wholeNumber } from "./derivation-schema.js";
import { innerPath, nearest, type OptionIssue, optionIssues, wording } from "./issues.js";
import {
  ARCHIVE_FORMATS,
  type ArchiveFormat,
  COMPRESSIONS,
  DEVICES,
  REPORT_KINDS,
  type ReportKind,
  SCOPES,
  type Scope,
} from "./words.js";

/** Most jobs: each keeps files open and holds buffers, so that more must be a mistake. */
const MOST_JOBS = 64;
const MOST_SHARDS = 100_000;

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
  handOver: z.boolean().default(false),
});

const shard = z
  .string()
  .regex(/^(?:\d+\/\d+|auto)$/, "must be a part of a whole, as in 2/8, or auto")
  .transform((given, context): Shard | "auto" => {
    if (given === "auto") return given;
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

/** `200,120,14`: column, row and image. */
const click = z.string().transform((given, context): Click => {
  const [, x, y, image] = CLICK.exec(given) ?? [];
  if (Number(image) >= 1) return { x: Number(x), y: Number(y), image: Number(image) };
  const message = `"${given}" must be x,y,image: column and row from 0, and the image from 1, as in 200,120,14`;
  context.addIssue({ code: "custom", message });
  return z.NEVER;
});

const CLICK = /^\s*(\d+(?:\.\d+)?)\s*,\s*(\d+(?:\.\d+)?)\s*,\s*(\d+)\s*$/;

/** A click of the user on an image of a series. */
export interface Click {
  /** Column and row in the image's pixels, from 0. */
  readonly x: number;
  readonly y: number;
  /** The image's number in the series, from 1, in the order of InstanceNumber. */
  readonly image: number;
}

export const runSchema = z.strictObject({
  ...derivationShape,
  device: z.enum(DEVICES).default("cpu"),
  out: text.optional(),
  force: z.boolean().default(false),
  scope: scope.optional(),
  series: z.array(text).readonly().default([]),
  annotations: text.optional(),
  click: z.array(click).readonly().default([]),
  clickBackground: z.array(click).readonly().default([]),
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
