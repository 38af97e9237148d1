import { option } from "../../options/names.js";
import { named, row } from "../row.js";

const DONT_LOAD =
  "Don't load it with PyTorch or Python. Download the model from a source that you trust; save a network of your own safely as its state_dict() alone.";

/** What pickles do when they are loaded. */
export const pickle = {
  "pickle-dangerous": row<{ name: string; can: string; more: number }>({
    severity: "error",
    title: "Loading the file would run code that no checkpoint needs",
    message: (a) => {
      const others = `${a.more} more of its imports are as dangerous, and `;
      return `Loading this pickle imports ${a.name}, which can ${a.can}; ${a.more === 0 ? "" : others}no checkpoint needs that.`;
    },
    hint: `${DONT_LOAD} ${option("checkpoint", false)} packs without a checkpoint, ${option("exclude")} without any other file.`,
    cases: [
      { when: "all such imports are shown", args: { ...named("name", "can"), more: 0 } },
      { when: "there are too many to show", args: { ...named("name", "can"), more: 8 } },
    ],
  }),
  "pickle-opaque": row<{ why: string; more: number }>({
    severity: "error",
    title: "A pickle hides what it imports",
    message: (a) => {
      const others = a.more === 0 ? "" : ` (and ${a.more} more such imports)`;
      return `Loading this pickle imports something that can't be determined: ${a.why}${others}. It may be any function, and no program writes checkpoints this way.`;
    },
    hint: DONT_LOAD,
    cases: [
      { when: "there is one such import", args: { ...named("why"), more: 0 } },
      { when: "there are several", args: { ...named("why"), more: 2 } },
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
  "pickle-unknown": row<{ names: string; more: number }>({
    severity: "warning",
    title: "A pickle imports what is not known to be harmless",
    message: (a) => {
      const others = a.more === 0 ? "" : ` and ${a.more} more`;
      return `Loading this pickle imports ${a.names}${others}, which is neither part of PyTorch nor of NumPy: what it does is unknown.`;
    },
    hint: "Check what it is, and whether the image has it; load the file only if you trust its source. Weights alone import no such thing: save the network's state_dict() instead of the network.",
    cases: [
      { when: "all such imports are shown", args: { ...named("names"), more: 0 } },
      { when: "there are too many to show", args: { ...named("names"), more: 30 } },
    ],
  }),
};
