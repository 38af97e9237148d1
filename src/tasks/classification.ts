import type { SummaryRow, TaskModule } from "./task.js";

/** Classification: a probability per class, of an image or a series. */
export const classification: TaskModule = {
  name: "classification",

  config({ classifier, classes }) {
    if (classifier === undefined || classes === undefined) return undefined;
    const { form, range, window, mask, scores } = classifier;
    return {
      type: "classification",
      input: {
        form: form.value,
        range: range.value ?? null,
        window: window.value,
        mask: mask ?? null,
      },
      output: { scores: scores.value },
      classes: classes.value.map(({ classIndex, name, value, threshold }) => ({
        class_index: classIndex,
        name,
        value,
        threshold: threshold ?? null,
      })),
    };
  },

  requirementParts({ classifier }) {
    return [
      ...(classifier?.form.value === "nifti" ? ["nifti"] : []),
      ...(classifier?.mask?.builtin ? ["lung-mask"] : []),
    ];
  },

  rows({ classifier }) {
    if (classifier === undefined) return [];
    const { form, range, window, mask, scores, file } = classifier;
    const rows: SummaryRow[] = [
      [
        "output",
        [scores.value.replaceAll("_", " "), ...(file ? [file] : [])].join(", "),
        scores.from,
      ],
      ["input", form.value, form.from],
      ["window", window.value, window.from],
    ];
    if (form.value !== "nifti") {
      const values = range.value ? `${range.value.low} to ${range.value.high}` : "as they are";
      rows.splice(2, 0, ["values", values, range.from]);
    }
    if (mask !== undefined) {
      const made = mask.builtin ? "the request's, else the built-in one" : "the request's";
      rows.push(["lung mask", made, `${mask.key} in pre_transforms`]);
    }
    return rows;
  },

  setUp({ type, input }) {
    const scope = type === "classification" && input.form === "nifti" ? "Series" : "Instance";
    const tryOn = scope === "Series" ? "a series" : "an image";
    return { label: { type: "Global", scope, modes: [] }, scope, tryOn };
  },
};
