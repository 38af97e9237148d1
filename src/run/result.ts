import type { PageClass, PageWindow } from "../viewer/page-data.js";

/** What a run gave, as the Python side tells it (python/mmar2mdai_run/main.py). */
export interface RunResult {
  readonly requests: readonly RequestResult[];
  readonly classes: readonly PageClass[];
  /** Paths of the files in the folder of the results, besides masks. */
  readonly files: readonly string[];
  readonly seconds: { readonly load: number };
  /** Most bytes that the model's process held; null where the system does not tell. */
  readonly memory: number | null;
  /** Versions of Python and of the packages that the model ran on. */
  readonly versions: Readonly<Record<string, string>>;
}

/** What came of one request. */
export interface RequestResult {
  readonly title: string;
  /** What predict() raised, as MD.ai would show it; null where it did not. */
  readonly error: string | null;
  readonly seconds: number;
  /** What MD.ai's server refuses in the answer. */
  readonly refused: readonly string[];
  /** How many answers the model gave. */
  readonly answers: number;
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
  readonly scores: readonly Score[];
  readonly series: readonly StackResult[];
}

/** A class that was found in the whole of a study, series or instance. */
export interface Score {
  readonly study_uid: string | null;
  readonly series_uid: string | null;
  readonly instance_uid: string | null;
  readonly class_index: number;
  readonly probability: number | null;
}

/** A volume with its masks. */
export interface StackResult {
  readonly title: string;
  readonly series_uid: string;
  readonly modality: string;
  /** Columns, rows, frames. */
  readonly shape: readonly [number, number, number];
  /** From [column, row, frame, 1] to RAS mm. */
  readonly affine: readonly (readonly number[])[];
  /** Whether the frames lie at even distances, straight behind each other. */
  readonly regular: boolean;
  /** Whether the headers say where the frames lie. */
  readonly placed: boolean;
  readonly classes: readonly ClassNumbers[];
  /** Paths of the mask files in the folder of the results. */
  readonly files: readonly string[];
  readonly warnings: readonly string[];
  /** With a reference label map: how near each class is to it. */
  readonly label?: readonly Comparison[];
  /** What was drawn on it before the model was asked. */
  readonly points?: readonly DrawnPoint[];
  /** The number of each frame among the images of its series, from 1, as `click` names it. */
  readonly images?: readonly number[];
  readonly page: PageFiles;
}

/** A point that was drawn: a click, a corner of a box, a vertex of a polygon. */
export interface DrawnPoint {
  /** Column and row, from 0. */
  readonly x: number;
  readonly y: number;
  /** From 0, as the report counts slices from 1. */
  readonly slice: number;
  /** Whether it marks what is not meant. */
  readonly background: boolean;
}

/** What the mask of a class measures. */
export interface ClassNumbers {
  readonly class_index: number;
  readonly voxels: number;
  /** Null where the headers don't say where the frames lie. */
  readonly ml: number | null;
  readonly slices: number;
  /** First and last voxel by axis, from 0. */
  readonly box: readonly (readonly [number, number])[];
  /** Of the values inside; null where none is a number. */
  readonly mean: number | null;
  readonly sd: number | null;
  /** Parts that share no face. */
  readonly pieces: number;
}

/** How near a class is to the reference. */
export interface Comparison {
  readonly class_index: number;
  /** The class's value in the reference. */
  readonly value: number;
  readonly file: string;
  readonly dice: number | null;
  /** Millimetres. */
  readonly hausdorff95: number | null;
  /** Share of the reference's volume. */
  readonly volume_error: number | null;
  readonly both: number;
  readonly only_mask: number;
  readonly only_reference: number;
}

/** Files in the folder page/ that the report is made of. */
interface PageFiles {
  readonly file: string;
  readonly layers: readonly { readonly file: string; readonly values: Record<string, number> }[];
  /** Label map of crosses at the points, 1 on what is meant and 2 on what is not. */
  readonly points?: string | null;
  readonly levels: readonly number[];
  readonly windows: readonly PageWindow[];
  /** Every so manieth column and row is in the page. */
  readonly step: number;
  readonly focus: readonly [number, number, number];
}
