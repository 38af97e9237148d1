import type { Device } from "../options/words.js";

/** config_mdai.json; its schema, schemas/config_mdai.schema.json, says what each key is. */
export type ConfigMdai = SegmentationConfig | ClassificationConfig;

interface CommonConfig {
  readonly root_folder: string;
  readonly out_classes: number;
  readonly data_list_key: string;
  readonly schema: 1;
  readonly device: Device;
  readonly mmar: {
    readonly inference_config: string;
    readonly environment: string;
    readonly set_env: string | null;
  };
}

/** config_mdai.json of a segmentation model. */
export interface SegmentationConfig extends CommonConfig {
  readonly type: "segmentation";
  readonly input: {
    readonly item: "string" | "object";
    readonly image_key: string;
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
    readonly form: "label_map" | "one_hot" | "channels";
    readonly postfix: string;
    readonly extension: ".nii.gz" | ".nii";
    readonly separate_folder: boolean;
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
  readonly input: {
    readonly item: "string" | "object";
    readonly image_key: string;
    readonly form: "png16" | "png16_full" | "png8" | "rgb8" | "nifti";
    readonly window: "none" | "dicom";
    readonly mask: { readonly key: string; readonly builtin: boolean } | null;
  };
  readonly output: {
    readonly file: string;
    readonly delimiter: string;
    readonly scores: "sigmoid" | "softmax" | "sigmoid_of_logits" | "softmax_of_logits";
  };
  readonly classes: readonly {
    readonly class_index: number;
    readonly name: string;
    readonly value: number;
    readonly threshold: number | null;
  }[];
}
