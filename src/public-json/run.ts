import { z } from "zod";
import { handOverDefinition } from "./hand-over.js";
import { count, list } from "./parts.js";

/*
 * What `run` prints of the model's answer; see src/run/result.ts for how the Python side tells it.
 */

const classNumbers = z
  .object({
    class_index: z.int().min(0).describe("MD.ai's class_index, from 0."),
    voxels: count.describe("Voxels of the mask."),
    ml: z
      .number()
      .nullable()
      .describe("Volume in millilitres; null where the headers don't say where the frames lie."),
    slices: count.describe("Slices that have some of it."),
    box: list(z.array(count).readonly()).describe("First and last voxel by axis, from 0."),
    mean: z
      .number()
      .nullable()
      .describe("Mean of the image's values inside; null where none is a number."),
    sd: z.number().nullable().describe("Standard deviation of the image's values inside."),
    pieces: count.describe("Parts that share no face."),
  })
  .meta({ id: "class_numbers", description: "What the mask of a class measures." });

const comparison = z
  .object({
    class_index: z.int().min(0).describe("MD.ai's class_index, from 0."),
    value: z.int().describe("The class's value in the reference."),
    dice: z.number().nullable().describe("From 0 to 1; null where neither has the class."),
    hausdorff95: z.number().nullable().describe("Millimetres; null where one is empty."),
    volume_error: z
      .number()
      .nullable()
      .describe("Share of the reference's volume; null where that is empty."),
    both: count.describe("Voxels of both."),
    only_mask: count.describe("Voxels of the mask alone."),
    only_reference: count.describe("Voxels of the reference alone."),
  })
  .meta({ id: "comparison", description: "How near a class is to the reference." });

const volume = z
  .object({
    title: z.string().describe("The series, for people."),
    series_uid: z.string().describe("Its SeriesInstanceUID."),
    modality: z.string().describe("Its Modality, or an empty text."),
    shape: list(z.int().min(1)).describe("Columns, rows, frames."),
    classes: list(classNumbers).describe("The masks by class."),
    files: list(z.string()).describe("Paths of the mask files in the folder of the results."),
    warnings: list(z.string()).describe("What a person should look at twice."),
    label: list(comparison).optional().describe("With --label: how near each class is to it."),
  })
  .meta({ id: "volume", description: "A volume with its masks." });

const score = z
  .object({
    study_uid: z.string().nullable().describe("Its StudyInstanceUID."),
    series_uid: z.string().nullable().describe("Its SeriesInstanceUID; null for a study."),
    instance_uid: z.string().nullable().describe("Its SOPInstanceUID; null for a study or series."),
    class_index: z.int().min(0).describe("MD.ai's class_index, from 0."),
    probability: z.number().nullable().describe("From 0 to 1, or null."),
  })
  .meta({ id: "score", description: "A class that was found in the whole of an object." });

const request = z
  .object({
    title: z.string().describe("What the request holds, for people."),
    error: z
      .string()
      .nullable()
      .describe("What predict() raised, as MD.ai would show it, or null."),
    refused: list(z.string()).describe("What MD.ai's server refuses in the answer."),
    seconds: z.number().describe("How long predict() took."),
    answers: count.describe("How many answers the model gave; answer.json has them."),
    notes: list(z.string()).describe("Notes in the answer, each once."),
    warnings: list(z.string()).describe("What a person should look at twice."),
    scores: list(score).describe("Classes found in whole objects."),
    series: list(volume).describe("Volumes that have masks, or were looked at."),
  })
  .meta({ id: "request", description: "What came of one request." });

/** What `run` tells besides the command, `ok` and the findings. */
export const runShape = {
  out: z
    .string()
    .nullable()
    .describe("The folder of the results; null where the model is not fit."),
  report: z.string().nullable().describe("Path of the report."),
  verdict: z.string().nullable().describe("The run in a sentence."),
  scope: z.string().nullable().describe("The scope that the model needs on MD.ai."),
  hand_over: handOverDefinition
    .nullable()
    .describe("What has to be set up on MD.ai; null where nothing was run."),
  ran_on: z.string().nullable().describe("What the model ran on, for people."),
  versions: z
    .record(z.string(), z.string())
    .describe("Versions of Python and of the packages that the model ran on."),
  memory: count.nullable().describe("Most bytes that the model's process held, if known."),
  requests: list(request).describe("What came of each request, in their order."),
};
