import { option } from "../../options/names.js";
import { named, row } from "../row.js";

const DONT_LOAD =
  "Don't load it with PyTorch or Python. Download the model from a source that you trust; save a network of your own as its weights alone, with torch.save(network.state_dict(), path).";

const several = (more: number, what: string): string =>
  more === 0 ? "" : ` (and ${more} more such ${what})`;

/** Names as a list, with the number of those that are left out. */
const listed = (names: readonly string[], more: number): string =>
  `${names.join(", ")}${more === 0 ? "" : ` and ${more} more`}`;

const trusting = (names: readonly string[]): string =>
  names.map((name) => option("trust", name)).join(" ");

type Names = { readonly names: readonly string[]; readonly more: number };

const cases = [
  { when: "all of them are shown", args: { names: ["‹module.name›"], more: 0 } },
  { when: "there are too many to show", args: { names: ["‹module.name›"], more: 30 } },
] as const;

/** What loading a file of weights does. */
export const pickle = {
  "pickle-unknown": row<Names>({
    severity: "error",
    title: "Loading the file would import what no weights need",
    message: (a) =>
      `Loading this pickle imports ${listed(a.names, a.more)}. torch.save writes no such name for tensors, state dicts, optimizers or schedulers, and what is imported may run any code.`,
    hint: (a) =>
      `A whole network imports its classes: load it where you trust it, and save its weights alone, with torch.save(network.state_dict(), path). If you know what these names do and trust the file's source, say so: ${trusting(a.names)}. Leave the file out with ${option("exclude")} if inference does not need it.`,
    cases,
  }),
  "pickle-opaque": row<{ why: string; more: number }>({
    severity: "error",
    title: "A pickle hides what it imports",
    message: (a) =>
      `Loading this pickle imports something that can't be determined: ${a.why}${several(a.more, "imports")}. It may be any function, and no program writes checkpoints this way.`,
    hint: DONT_LOAD,
    cases: [
      { when: "there is one such import", args: { ...named("why"), more: 0 } },
      { when: "there are several", args: { ...named("why"), more: 2 } },
    ],
  }),
  "pickle-call": row<{ what: string; more: number }>({
    severity: "error",
    title: "A pickle uses known names in a way that no weights need",
    message: (a) =>
      `Loading this pickle ${a.what}${several(a.more, "steps")}, which torch.save never writes.`,
    hint: DONT_LOAD,
    cases: [
      { when: "there is one such step", args: { ...named("what"), more: 0 } },
      { when: "there are several", args: { ...named("what"), more: 2 } },
    ],
  }),
  "pickle-unreadable": row<{ problem: string }>({
    severity: "error",
    title: "A pickle in a file of weights can't be read",
    message: (a) =>
      `The pickle ${a.problem}, so it can't be loaded, and what it would do before it fails is unknown.`,
    hint: `Download or make the file again, and compare its size with the source's; leave it out with ${option("exclude")} if inference does not need it.`,
    example: named("problem"),
  }),
  "pickle-form": row<{ problem: string }>({
    severity: "error",
    title: "PyTorch may open the file, but did not write it",
    message: (a) =>
      `The file ${a.problem}. torch.save and torch.jit.save write no such file; what PyTorch would load of it can't be told for sure.`,
    hint: `Load it where you trust it, and save it again with torch.save(network.state_dict(), path); leave it out with ${option("exclude")} if inference does not need it.`,
    example: named("problem"),
  }),
  "script-operator": row<Names>({
    severity: "error",
    title: "A TorchScript's code does more than compute",
    message: (a) =>
      `The code in this TorchScript uses ${listed(a.names, a.more)}, which may read or write files, or belongs to an unknown library.`,
    hint: (a) =>
      `Export the network again without it. If you know what it does and trust the file's source, say so: ${trusting(a.names)}.`,
    cases,
  }),
  "trust-used": row<{ names: readonly string[] }>({
    severity: "info",
    title: "Code is loaded because you trust it",
    message: (a) =>
      `Loading the model runs ${listed(a.names, 0)}, which ${option("trust")} allows. config_mdai.json says so.`,
    hint: "Whoever gets the bundle has to trust these names, too.",
    example: { names: ["‹module.name›"] },
  }),
  "trust-unused": row<{ names: readonly string[] }>({
    severity: "info",
    title: "A name is trusted that nothing uses",
    message: (a) =>
      `${option("trust")} names ${listed(a.names, 0)}, which nothing in the model uses.`,
    hint: "Check the spelling, or leave it out.",
    example: { names: ["‹module.name›"] },
  }),
};
