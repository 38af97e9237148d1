/**
 * The words that options take. Command line, checks, schemas and help come from these lists; the
 * Python in templates/ is held against them by tests. No import here: `--help` has to stay fast.
 */

/** What a model does. */
export const TASKS = ["segmentation", "classification", "annotation"] as const;
export type Task = (typeof TASKS)[number];

/**
 * What runs a model on MD.ai: NVIDIA's own program in NVIDIA's image, or MONAI in MD.ai's image of
 * Python 3.10.
 */
export const RUNTIME_NAMES = ["clara", "monai"] as const;
export type RuntimeName = (typeof RUNTIME_NAMES)[number];

/** Folders of templates/engines/, one for each engine. */
export const ENGINE_FOLDERS = ["clara", "monai", "monai_bundle"] as const;
export type EngineFolder = (typeof ENGINE_FOLDERS)[number];

/** What the container is asked to have. */
export const DEVICES = ["gpu", "cpu"] as const;
export type Device = (typeof DEVICES)[number];

/** The form of the archive. MD.ai takes both. */
export const ARCHIVE_FORMATS = ["zip", "tar.gz"] as const;
export type ArchiveFormat = (typeof ARCHIVE_FORMATS)[number];

/** How the bundle is compressed: `auto` stores what would not shrink, `max` deflates all. */
export const COMPRESSIONS = ["auto", "store", "max"] as const;
export type Compression = (typeof COMPRESSIONS)[number];

/** Forms of a report that `--report` writes to a file. */
export const REPORT_KINDS = ["sarif", "junit", "github", "markdown"] as const;
export type ReportKind = (typeof REPORT_KINDS)[number];

/** The shells that a completion script can be made for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** The form of the volume that inference writes: values are classes, or channels are. */
export const OUTPUT_FORMS = ["label_map", "one_hot", "channels"] as const;
export type OutputForm = (typeof OUTPUT_FORMS)[number];

/** How a DICOM image is written for a classifier's loader. */
export const IMAGE_FORMS = [
  "png16",
  "png16_full",
  "png14",
  "png12",
  "png10",
  "png8",
  "rgb8",
  "nifti",
] as const;
export type ImageForm = (typeof IMAGE_FORMS)[number];

/** What the values of a classifier's scores are. */
export const SCORES = ["sigmoid", "softmax", "sigmoid_of_logits", "softmax_of_logits"] as const;
export type Scores = (typeof SCORES)[number];

/** Whether the image's own window (VOI LUT) is applied. */
export const WINDOWS = ["none", "dicom"] as const;
export type Window = (typeof WINDOWS)[number];

/** Modalities of images, as DICOM has them in its header (PS3.16 CID 29). */
export const MODALITIES = [
  ...["CR", "CT", "DX", "ES", "GM", "IO", "IVOCT", "IVUS", "MG", "MR", "NM", "OCT", "OP", "OPT"],
  ...["OT", "PT", "PX", "RF", "RG", "RTIMAGE", "SM", "TG", "US", "XA", "XC"],
] as const;

/** Where a lung mask comes from when the request brings none. */
export const LUNG_MASKS = ["builtin"] as const;
export type LungMask = (typeof LUNG_MASKS)[number];

/** What the number of a frame counts from in an annotation on an instance of several frames. */
export const FIRST_FRAMES = ["0", "1"] as const;
export type FirstFrame = 0 | 1;

/** What one request of MD.ai holds. */
export const SCOPES = ["INSTANCE", "SERIES", "STUDY"] as const;
export type Scope = (typeof SCOPES)[number];
