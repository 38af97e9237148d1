import type { ModelInput } from "../model/spec.js";
import type { TaskModule } from "./task.js";

/** Segmentation: a mask per class on every slice. */
export const segmentation: TaskModule = {
  name: "segmentation",

  config({ input, output, classes }) {
    if (output === undefined || classes === undefined) return undefined;
    return {
      type: "segmentation",
      input: { channels: input.channels.value },
      output: { form: output.form, threshold: output.threshold },
      classes: classes.value.map(({ classIndex, name, value }) => ({
        class_index: classIndex,
        name,
        value,
      })),
    };
  },

  requirementParts: () => [],

  rows({ input, output }) {
    const { from } = isOne(input) ? input.count : input.channels;
    const file =
      output === undefined
        ? (["output", "?", "not found"] as const)
        : ([
            "output",
            `${output.form.replace("_", " ")}${output.isInMemory ? "" : `, *_${output.postfix}${output.extension}`}`,
            output.from,
          ] as const);
    return [file, ["input", channelsOf(input), from]];
  },

  setUp({ type, input }) {
    // Several channels are several series, which only a study has.
    const isStudy = type === "segmentation" && input.channels.length > 1;
    return {
      label: { type: "Local", scope: "Instance", modes: ["Mask"] },
      ...(isStudy ? { scope: "Study", tryOn: "a study" } : { scope: "Series", tryOn: "a series" }),
    };
  },
};

/** One channel takes any series. */
const isOne = ({ count }: ModelInput): boolean => count.value === 1;

/** Several channels are shown in the network's order. */
function channelsOf(input: ModelInput): string {
  if (isOne(input)) return "1 channel";
  const names = input.channels.value.map(({ name }) => name).join(", ");
  return `${input.count.value} channels: ${names || "?"}`;
}
