import { z } from "zod";
import { ROOT_FOLDER } from "../mdai/layout.js";
import { parseChannel } from "../model/parse-channel.js";
import { MOST_CHANNELS, type Threshold } from "../model/spec.js";
import { globProblem, globsProblem } from "../text/glob.js";
import { TRUSTED_NAME } from "../weights/trust.js";
import {
  DEVICES,
  FIRST_FRAMES,
  type FirstFrame,
  IMAGE_FORMS,
  LUNG_MASKS,
  MODALITIES,
  RUNTIME_NAMES,
  SCORES,
  WINDOWS,
} from "./words.js";

/** Seconds: a day, and what inference takes if nothing is said. */
const LONGEST_INFERENCE = 86_400;
const DEFAULT_INFERENCE = 3600;

/** A text that is not empty. */
export const text = z.string().trim().min(1, "must not be empty");
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
export const wholeNumber = z
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

/** `0` or `1`, as a number or as a command line has it. */
const firstFrame = z.union([z.number(), z.string()]).transform((given, context): FirstFrame => {
  const found = FIRST_FRAMES.find((known) => known === String(given).trim());
  if (found !== undefined) return found === "0" ? 0 : 1;
  context.addIssue({ code: "custom", message: `must be one of ${FIRST_FRAMES.join(", ")}` });
  return z.NEVER;
});

/** Options of the derivation, each with how it is checked. */
export const derivationShape = {
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
  backgroundLabel: z.array(text).readonly().default([]),
  firstFrame: firstFrame.optional(),
  runtime: z.enum(RUNTIME_NAMES).optional(),
  inferenceConfig: z.array(text).readonly().default([]),
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
