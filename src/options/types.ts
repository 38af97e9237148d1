import type {
  ArchiveFormat,
  Compression,
  Device,
  ImageForm,
  LungMask,
  RuntimeName,
  Scores,
  Window,
} from "./words.js";

/** Options of {@link inspect}: what replaces derived values, and what goes into the bundle. */
export interface InspectOptions {
  /**
   * What the model does: `segmentation`, `classification` or `annotation`. By default a transform
   * that takes clicks says so, or PROCESSING_TASK of environment.json.
   */
  readonly task?: string | undefined;
  /**
   * Output channels of the network, from 1 to 65,535; a background channel counts. By default they
   * are derived from the MMAR.
   *
   * @example 3
   */
  readonly outClasses?: number | string | undefined;
  /**
   * Names of the classes in the order of MD.ai's class_index, without the background: a list, or
   * one text with commas. By default they are derived from the MMAR.
   *
   * @example ["liver", "tumour"]
   */
  readonly classNames?: string | readonly string[] | undefined;
  /**
   * The key of the data list's list that inference reads. By default the inference config says so.
   *
   * @example "test"
   */
  readonly dataListKey?: string | undefined;
  /**
   * Name of the MMAR's folder in the bundle: up to 200 letters, digits, `_`, `.` and `-`. By
   * default the MMAR's own name, as far as these characters allow.
   */
  readonly rootFolder?: string | undefined;
  /**
   * How the series of an image channel is found, one rule each; docs/channels.md explains them.
   *
   * @defaultValue `[]`
   * @example ["T1c=SeriesDescription:~t1.*gd"]
   */
  readonly channel?: readonly string[] | undefined;
  /**
   * The DICOM modalities of the images that the model takes: a list, or one text with commas; `any`
   * for all. Images of others are answered with a note. By default they are derived from the MMAR.
   *
   * @example ["CR", "DX"]
   */
  readonly modality?: string | readonly string[] | undefined;
  /**
   * Of a classifier: the probability from 0 to 1 above which a class is reported, for all classes
   * or as `NAME=0.3` for one. A class without one has 0.5.
   *
   * @defaultValue `[]`
   * @example [0.4, "Nodule=0.3"]
   */
  readonly threshold?: number | string | readonly (number | string)[] | undefined;
  /** Of a classifier: the class that means that nothing was found. It is never reported. */
  readonly negativeClass?: string | undefined;
  /** Of a classifier: what the scores are that inference saves. By default derived. */
  readonly scores?: Scores | undefined;
  /** Of a classifier: what its images are written as. By default derived. */
  readonly imageForm?: ImageForm | undefined;
  /** Of a classifier: whether an image's own window (VOI LUT) is applied. By default derived. */
  readonly window?: Window | undefined;
  /**
   * Of a classifier that wants lung masks: make one where a request has none. By default only
   * masks of the request are taken.
   */
  readonly lungMask?: LungMask | undefined;
  /**
   * Of a model that takes clicks: labels on MD.ai, by name or id, that mark what is not meant. A
   * request may name others. Without any a label whose name says so is one: "background", "not".
   *
   * @defaultValue `[]`
   * @example ["L_abc123"]
   */
  readonly backgroundLabel?: readonly string[] | undefined;
  /**
   * Of a model that takes clicks: what the frame numbers of annotations count from on an instance
   * of several frames, 0 or 1. By default what fits the frames that there are.
   */
  readonly firstFrame?: number | string | undefined;
  /**
   * What runs the model: `clara` is NVIDIA's own program in NVIDIA's image of Clara Train 4.1,
   * `monai` is MONAI in MD.ai's image of Python 3.10. docs/runtimes.md compares them. By default
   * `clara`, and `monai` for a MONAI bundle or a model that takes clicks.
   */
  readonly runtime?: RuntimeName | undefined;
  /**
   * Of a MONAI bundle: the configs that run inference, by their paths in it; of a key the last one
   * counts. By default the one called `inference`.
   *
   * @defaultValue `[]`
   * @example ["configs/inference_segresnet.yaml"]
   */
  readonly inferenceConfig?: readonly string[] | undefined;
  /**
   * What the model runs on.
   *
   * @defaultValue `"gpu"`
   */
  readonly device?: Device | undefined;
  /**
   * Windows that a sliding window inferer runs at once, 1 or more: as many as the GPU has memory
   * for.
   *
   * @defaultValue `1`
   */
  readonly swBatchSize?: number | string | undefined;
  /**
   * Seconds that the inference of a request may take, up to 86,400. After them it is ended, with
   * all processes that it started, and the request fails with an error that says so.
   *
   * @defaultValue `3600`
   */
  readonly inferenceTimeout?: number | string | undefined;
  /**
   * Globs of the MMAR's files that are packed although they would be left out.
   *
   * @defaultValue `[]`
   * @example ["eval/**"]
   */
  readonly include?: readonly string[] | undefined;
  /**
   * Globs of the MMAR's files that are left out of the bundle.
   *
   * @defaultValue `[]`
   * @example ["docs/**"]
   */
  readonly exclude?: readonly string[] | undefined;
  /**
   * Whether the checkpoint is packed. Inference needs the TorchScript only.
   *
   * @defaultValue `true`
   */
  readonly checkpoint?: boolean | undefined;
  /**
   * What the weights may import and call although it is not known to be harmless: full names, or
   * operators of a TorchScript. config_mdai.json and the manifest say so.
   *
   * @defaultValue `[]`
   * @example ["monai.networks.nets.unet.UNet"]
   */
  readonly trust?: readonly string[] | undefined;
  /**
   * Additional Python packages, each as pip names it.
   *
   * @defaultValue `[]`
   * @example ["scikit-image==0.19.3"]
   */
  readonly requirement?: readonly string[] | undefined;
  /** Path of a requirements file whose lines are added. By default none. */
  readonly requirements?: string | undefined;
  /**
   * Environment variables of the image. Values are one line each.
   *
   * @defaultValue `{}`
   * @example { MODEL_STAGE: "test" }
   */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** Options of {@link pack}: those of {@link inspect}, and how the bundle is written. */
export interface PackOptions extends InspectOptions {
  /**
   * Path of the bundle, which ends in .zip or .tar.gz, or of a folder for it. By default
   * `<mmar>.mdai.zip` in the current folder.
   */
  readonly out?: string | undefined;
  /** Form of the archive. By default what the ending of `out` says, or else `"zip"`. */
  readonly format?: ArchiveFormat | undefined;
  /**
   * How the bundle is compressed: `auto` stores what would not shrink, `max` deflates everything.
   *
   * @defaultValue `"auto"`
   */
  readonly compress?: Compression | undefined;
  /**
   * Whether nothing is written: the result then has a plan, but no bundle.
   *
   * @defaultValue `false`
   */
  readonly dryRun?: boolean | undefined;
  /**
   * Whether a file that is there already is replaced.
   *
   * @defaultValue `false`
   */
  readonly force?: boolean | undefined;
  /**
   * Whether warnings stop the packing, too.
   *
   * @defaultValue `false`
   */
  readonly strict?: boolean | undefined;
  /**
   * Whether `<bundle>.manifest.json` and `<bundle>.sha256` are written beside the bundle.
   *
   * @defaultValue `false`
   */
  readonly manifest?: boolean | undefined;
  /**
   * Whether `<bundle>.hand-over.md` is written beside the bundle: what has to be set up on MD.ai.
   *
   * @defaultValue `false`
   */
  readonly handOver?: boolean | undefined;
}

/** What a batch has besides the options of {@link pack} for all of its MMARs. */
export interface OwnBatchOptions {
  /** The folder for the bundles; it is made if need be. It has to be given. */
  readonly out: string;
  /** MMARs that are packed at once, 1 to 64. By default two more than there are processors. */
  readonly jobs?: number | string | undefined;
  /**
   * Only a part of the MMARs, as in `2/8`: the parts are about equally large. With `auto` the part
   * is the one that the environment tells: GitHub, GitLab, Slurm, Kubernetes. By default all.
   *
   * @example "2/8"
   */
  readonly shard?: string | undefined;
  /**
   * Whether bundles that are up to date are left as they are.
   *
   * @defaultValue `true`
   */
  readonly cache?: boolean | undefined;
  /** Path of a config file for all MMARs. By default `mmar2mdai.config.yaml` beside each. */
  readonly config?: string | undefined;
}

/** Options of {@link batch}: those of {@link pack} for all of its MMARs, and its own. */
export interface BatchOptions extends Omit<PackOptions, "out">, OwnBatchOptions {}

/** Options of {@link verify}. */
export interface VerifyOptions {
  /**
   * Whether warnings make a bundle unfit, too.
   *
   * @defaultValue `false`
   */
  readonly strict?: boolean | undefined;
  /** Path of the manifest that the bundle is compared with. By default none. */
  readonly manifest?: string | undefined;
}
