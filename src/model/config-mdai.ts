import type { Device, ImageForm, OutputForm, Scores, Window } from "../options/words.js";

/** config_mdai.json; its schema, schemas/config_mdai.schema.json, says what each key is. */
export type ConfigMdai = SegmentationConfig | ClassificationConfig;

interface CommonConfig {
  readonly root_folder: string;
  readonly out_classes: number;
  readonly data_list_key: string;
  readonly schema: 2;
  readonly device: Device;
}

/** The volume that inference writes: `{stem}/{stem}_{postfix}{extension}`. */
export interface VolumeFile {
  readonly postfix: string;
  readonly extension: ".nii.gz" | ".nii";
  readonly separate_folder: boolean;
}

/** The table that a classifier's inference writes: the image's path and a value per class. */
export interface ScoresFile {
  readonly file: string;
  readonly delimiter: string;
}

/** How Clara's own entry point is run: what the deploy code's task does not need to know. */
export interface ClaraEngine<Result = VolumeFile | ScoresFile> {
  readonly name: "clara";
  readonly inference_config: string;
  readonly environment: string;
  readonly set_env: string | null;
  readonly item: "string" | "object";
  readonly image_key: string;
  readonly result: Result;
}

/** config_mdai.json of a segmentation model. */
export interface SegmentationConfig extends CommonConfig {
  readonly type: "segmentation";
  readonly engine: ClaraEngine<VolumeFile>;
  readonly input: {
    readonly channels: readonly {
      readonly name: string;
      readonly words?: string;
      readonly rules: readonly (readonly {
        readonly attribute: string;
        readonly pattern: string;
        readonly negate: boolean;
      }[])[];
    }[];
  };
  readonly output: {
    readonly form: OutputForm;
    readonly threshold: number;
  };
  readonly classes: readonly {
    readonly class_index: number;
    readonly name: string;
    readonly value: number;
  }[];
}

/** config_mdai.json of a classification model. */
export interface ClassificationConfig extends CommonConfig {
  readonly type: "classification";
  readonly engine: ClaraEngine<ScoresFile>;
  readonly input: {
    readonly form: ImageForm;
    readonly window: Window;
    readonly mask: { readonly key: string; readonly builtin: boolean } | null;
  };
  readonly output: { readonly scores: Scores };
  readonly classes: readonly {
    readonly class_index: number;
    readonly name: string;
    readonly value: number;
    readonly threshold: number | null;
  }[];
}
