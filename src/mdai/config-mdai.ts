import type { Device } from "./config-yaml.js";

/** config_mdai.json; its schema, schemas/config_mdai.schema.json, says what each key is. */
export interface ConfigMdai {
  readonly type: "segmentation";
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
  readonly input: {
    readonly item: "string" | "object";
    readonly image_key: string;
    readonly channels: readonly {
      readonly name: string;
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
