import { dump, YAML11_SCHEMA } from "js-yaml";
import type { Device } from "../options/words.js";
import type { BaseImage } from "./base-images.js";

/** What the builder reads from config.yaml. */
export interface ConfigYaml {
  readonly baseImage: BaseImage;
  /** For `nvidia` only. */
  readonly claraVersion?: string;
  /** For the py images with a GPU. */
  readonly cudaVersion?: string;
  readonly device: Device;
  /** Environment variables of the image. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Writes config.yaml. Every string is quoted: the builder reads it with PyYAML, for which an
 * unquoted 4.0 is a number and an unquoted yes is true.
 */
export function configYaml(config: ConfigYaml): string {
  const env = Object.fromEntries(
    Object.entries(config.env)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => [key, dockerValue(value)]),
  );
  const value = {
    base_image: config.baseImage,
    ...(config.claraVersion === undefined ? {} : { clara_version: config.claraVersion }),
    device_type: config.device,
    ...(config.cudaVersion === undefined ? {} : { cuda_version: config.cudaVersion }),
    ...(Object.keys(env).length === 0 ? {} : { env }),
  };
  return dump(value, {
    schema: YAML11_SCHEMA,
    forceQuotes: true,
    quoteStyle: "double",
    lineWidth: -1,
  });
}

/**
 * A value as it has to stand behind `ENV key=` in a Dockerfile, where the builder puts it as it
 * is: quoted where it holds more than plain characters (Dockerfile reference, ENV).
 */
function dockerValue(value: string): string {
  if (/^[\w./:@%+,=-]+$/.test(value)) return value;
  return `"${value.replace(/[\\"$]/g, "\\$&")}"`;
}
