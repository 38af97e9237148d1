import { option } from "../../options/names.js";
import { named, row } from "../row.js";

const withClara = `Pack it with ${option("runtime", "clara")}, unless the model takes clicks, or change the inference config.`;

type TorchScript = Readonly<Record<"path" | "pytorch" | "needs", string>>;

/** How the model runs on MD.ai. */
export const runtime = {
  "component-unavailable": row<{ component: string; why: string }>({
    severity: "error",
    title: "A component that MONAI alone does not have",
    message: (a) => `The config uses ${a.component}, which ${a.why}.`,
    hint: withClara,
    example: named("component", "why"),
  }),
  "clicks-need-monai": row<{ component: string }>({
    severity: "error",
    title: "A model that takes clicks, and a runtime that can't give it any",
    message: (a) =>
      `${a.component} takes a user's clicks. Clara's own program reads files of a data list, which have no clicks, so that the runtime clara can't give the model any.`,
    hint: `Leave out ${option("runtime")}, or set ${option("runtime", "monai")}.`,
    example: named("component"),
  }),
  "custom-import-unavailable": row<{ module: string }>({
    severity: "error",
    title: "A component of your own that needs Clara or ignite",
    message: (a) =>
      `The file imports ${a.module}. The runtime monai has neither Clara nor pytorch-ignite, so the import fails.`,
    hint: `Pack it with ${option("runtime", "clara")}, or write the file without that import.`,
    example: named("module"),
  }),
  "handler-unsupported": row<{ handler: string }>({
    severity: "error",
    title: "A handler that may change the result",
    message: (a) =>
      `The runtime monai builds no handlers, and ${a.handler} is not known to leave the result as it is.`,
    hint: `Do what it does by a transform in post_transforms, set "disabled": true if the result is the same without it, or pack with ${option("runtime", "clara")}.`,
    example: named("handler"),
  }),
  "section-unsupported": row<{ section: string; what: string }>({
    severity: "error",
    title: "A part of the config that the runtime monai does not build",
    message: (a) =>
      `${a.section} has ${a.what}; the runtime monai gives each image to the transforms and the network itself, and can't do what that does.`,
    hint: withClara,
    example: named("section", "what"),
  }),
  "workspace-path": row<{ path: string }>({
    severity: "error",
    title: "A path in /workspace, which only NVIDIA's image has",
    message: (a) =>
      `The config names ${a.path}; MD.ai's own images have no /workspace, and the MMAR lies elsewhere in them.`,
    hint: "Name the file relative to the MMAR, as in models/model.ts.",
    example: named("path"),
  }),
  "torchscript-too-new": row<TorchScript>({
    severity: "error",
    title: "A TorchScript that is too new for the PyTorch that loads it",
    message: (a) =>
      `PyTorch ${a.pytorch}, on which the model runs, can't load ${a.path}: ${a.needs}.`,
    hint: (a) =>
      `Export the network again with PyTorch ${a.pytorch} or older, from the checkpoint: torch.jit.script, or torch.jit.trace.`,
    example: named("path", "pytorch", "needs"),
  }),
  "torchscript-maybe-too-new": row<TorchScript>({
    severity: "warning",
    title: "A TorchScript that may be too new for NVIDIA's image",
    message: (a) =>
      `The PyTorch of NVIDIA's image is about ${a.pytorch}, and most likely can't load ${a.path}: ${a.needs}.`,
    hint: (a) =>
      `Export the network again with PyTorch ${a.pytorch} or older, from the checkpoint (commands/export.sh in NVIDIA's image), or look whether ${option("runtime", "monai")} takes it: its PyTorch is 1.13.`,
    example: named("path", "pytorch", "needs"),
  }),
};
